/**
 * Colour maps and scales for maps of numbers; the same in the webview, the hover and the PNG of the command line.
 *
 * `viridis`, `magma` and `cividis` are sampled from matplotlib 3.11 (CC0; van der Walt and Smith 2015; Nuñez, Anderton and
 * Renslow 2018) at 33 points: linear interpolation between them is within 2 of 255 of the whole table (cividis: 6).
 * `diverging` is made in OKLab (Ottosson 2020): both arms have the same lightness at the same distance from zero, and blue
 * against red stays apart for every common kind of colour blindness.
 */
import type { Quantity } from "./methods";

export type ColormapId = "diverging" | "viridis" | "magma" | "cividis" | "gray";

export interface Colormap {
	readonly id: ColormapId;
	/** For people. */
	readonly title: string;
	/** `diverging` maps have their middle at zero; `sequential` ones go from low to high. */
	readonly kind: "diverging" | "sequential";
	/** 256 colours, red, green and blue of 0 to 255 each. */
	readonly table: Uint8Array;
}

/** The values that take the first and the last colour of a map. */
export interface ValueRange {
	readonly low: number;
	readonly high: number;
}

const VIRIDIS =
	"440154460c5f47186a482273472c7b4536814240853e49893a528b365a8c32628d2f6a8d2c728e287a8e26818e23898d20908c1e978a1e9e8821a68527ad8030b47a3dbb744bc26c5bc8626dce5881d34c95d73faadb32bfdf24d4e11ae9e419fde724";
const MAGMA =
	"0000030303110a0722120d331c1046281159350f6a430f7550127b5d177e691c807621818225818f2a809c2e7fa9327cb63679c23a75ce4070da4769e55063ee5b5ef4685bf8775cfb8660fd9567fda470feb37bfec286fdd193fddfa1fceeb0fbfcbf";
const CIVIDIS =
	"00224d00285b002d690432701a386f273d6d31436c3a486b434e6b4b546c52596c595f6d61646f686a706e70737575757c7b788380788a8678928c779a9376a29974aa9f72b2a66fbaac6cc3b368cbba64d4c15edcc858e5cf50eed747f8de3bfde737";

type Colour = readonly [number, number, number];

/** Piecewise linear table of 256 colours through evenly spaced anchors. */
function tableOf(anchors: readonly Colour[], convert: (colour: Colour) => Colour = (colour) => colour): Uint8Array {
	const table = new Uint8Array(256 * 3);
	for (let i = 0; i < 256; i++) {
		const position = (i / 255) * (anchors.length - 1);
		const left = Math.min(Math.floor(position), anchors.length - 2);
		const share = position - left;
		const [a, b] = [anchors[left]!, anchors[left + 1]!];
		const mixed: Colour = [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share];
		table.set(
			convert(mixed).map((value) => Math.min(255, Math.max(0, Math.round(value)))),
			i * 3,
		);
	}
	return table;
}

const fromHex = (hex: string): Colour[] =>
	(hex.match(/.{6}/g) ?? []).map((colour): Colour => {
		const value = Number.parseInt(colour, 16);
		return [value >> 16, (value >> 8) & 255, value & 255];
	});

/** OKLab (lightness 0..1, a, b) to sRGB of 0..255. */
function srgbOfOklab([lightness, a, b]: Colour): Colour {
	const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
	const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
	const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
	const encode = (linear: number) => 255 * (linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055);
	return [
		encode(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
		encode(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
		encode(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
	];
}

/** Blue, white, red: lightness 0.36, 0.665, 0.97 and back, chroma largest half-way. */
const DIVERGING: readonly Colour[] = [
	[0.36, -0.01, -0.115],
	[0.665, -0.035, -0.115],
	[0.97, 0, 0],
	[0.665, 0.135, 0.07],
	[0.36, 0.12, 0.055],
];

export const COLORMAPS: readonly Colormap[] = [
	{ id: "diverging", title: "Blue, white, red", kind: "diverging", table: tableOf(DIVERGING, srgbOfOklab) },
	{ id: "viridis", title: "Viridis", kind: "sequential", table: tableOf(fromHex(VIRIDIS)) },
	{ id: "magma", title: "Magma", kind: "sequential", table: tableOf(fromHex(MAGMA)) },
	{ id: "cividis", title: "Cividis", kind: "sequential", table: tableOf(fromHex(CIVIDIS)) },
	{
		id: "gray",
		title: "Gray",
		kind: "sequential",
		table: tableOf([
			[0, 0, 0],
			[255, 255, 255],
		]),
	},
];

/** @throws RangeError for an id that is not in {@link COLORMAPS}. */
export function colormap(id: ColormapId): Colormap {
	const found = COLORMAPS.find((map) => map.id === id);
	if (!found) throw new RangeError(`no colour map "${id}"; there are ${COLORMAPS.map((map) => map.id).join(", ")}`);
	return found;
}

/** What is shown where nothing else was chosen. */
export function defaultColormap(quantity: Quantity): ColormapId {
	const defaults: Record<Quantity, ColormapId> = {
		signed: "diverging",
		weight: "diverging",
		unsigned: "magma",
		activation: "viridis",
		input: "gray",
	};
	return defaults[quantity];
}

/** Numbers above this many are sampled evenly before a percentile is taken: 65,536 fix a percentile to 0.4 % or better. */
const PERCENTILE_SAMPLE = 65_536;

/** Percentile (0 to 100, linear between ranks) of the finite numbers; 0 when there are none. */
export function percentile(values: ArrayLike<number>, percent: number): number {
	const stride = Math.max(1, Math.floor(values.length / PERCENTILE_SAMPLE));
	const sample = new Float32Array(Math.ceil(values.length / stride));
	let count = 0;
	for (let i = 0; i < values.length; i += stride) {
		const value = values[i]!;
		if (Number.isFinite(value)) sample[count++] = value;
	}
	if (count === 0) return 0;
	const sorted = sample.subarray(0, count).sort();
	const rank = (Math.min(100, Math.max(0, percent)) / 100) * (count - 1);
	const below = Math.floor(rank);
	return sorted[below]! + (sorted[Math.min(below + 1, count - 1)]! - sorted[below]!) * (rank - below);
}

/** Smallest and largest finite number; 0 and 0 when there are none. */
export function extremes(values: ArrayLike<number>): ValueRange {
	let low = Number.POSITIVE_INFINITY;
	let high = Number.NEGATIVE_INFINITY;
	for (let i = 0; i < values.length; i++) {
		const value = values[i]!;
		if (!Number.isFinite(value)) continue;
		if (value < low) low = value;
		if (value > high) high = value;
	}
	return low <= high ? { low, high } : { low: 0, high: 0 };
}

/**
 * Scale centred at zero, so that no colour hides a sign.
 * @param percent of the absolute values that are inside the scale: 100 is the maximum, 99 is robust against outliers.
 */
export function signedRange(values: ArrayLike<number>, percent = 100): ValueRange {
	let limit: number;
	if (percent >= 100) {
		const { low, high } = extremes(values);
		limit = Math.max(Math.abs(low), Math.abs(high));
	} else {
		limit = percentile(Float32Array.from(values, Math.abs), percent);
	}
	return { low: -limit || 0, high: limit };
}

/** Scale from the smallest to the largest value, or between two percentiles: `percent` 99 leaves 1 % out at the top, 1 % at the bottom. */
export function sequentialRange(values: ArrayLike<number>, percent = 100): ValueRange {
	if (percent >= 100) return extremes(values);
	return { low: percentile(values, 100 - percent), high: percentile(values, percent) };
}

/** Scale for a colour map: centred at zero for diverging ones; sequential ones start at 0 where nothing is negative and the quantity is a magnitude. */
export function rangeFor(map: Colormap, quantity: Quantity, values: ArrayLike<number>, percent = 100): ValueRange {
	if (map.kind === "diverging") return signedRange(values, percent);
	const range = sequentialRange(values, percent);
	return quantity === "unsigned" && range.low > 0 ? { low: 0, high: range.high } : range;
}

/** Colour of a value that is not a number: no map holds it. */
export const NOT_A_NUMBER: readonly [number, number, number] = [255, 0, 255];

/**
 * Paints values into RGBA pixels, opaque. Values outside the range take the end colours; NaN is shown as magenta.
 * A range without extent (all values equal) takes the middle of the map.
 * @param pixels at least 4 bytes a value from `offset` on
 */
export function paint(
	values: ArrayLike<number>,
	range: ValueRange,
	map: Colormap,
	pixels: Uint8Array | Uint8ClampedArray,
	offset = 0,
): void {
	const extent = range.high - range.low;
	const { table } = map;
	for (let i = 0, at = offset; i < values.length; i++, at += 4) {
		const value = values[i]!;
		if (Number.isNaN(value)) {
			pixels[at] = NOT_A_NUMBER[0];
			pixels[at + 1] = NOT_A_NUMBER[1];
			pixels[at + 2] = NOT_A_NUMBER[2];
		} else {
			const share = extent > 0 ? Math.min(1, Math.max(0, (value - range.low) / extent)) : 0.5;
			const entry = Math.round(share * 255) * 3;
			pixels[at] = table[entry]!;
			pixels[at + 1] = table[entry + 1]!;
			pixels[at + 2] = table[entry + 2]!;
		}
		pixels[at + 3] = 255;
	}
}
