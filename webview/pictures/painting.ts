import { type Colormap, paint, type ValueRange } from "../../src/shared/colormap";
import type { Picture } from "../../src/shared/protocol";
import { enlarge, resample } from "./resample";

/** Numbers in rows from the top. */
export interface NumberMap {
	readonly width: number;
	readonly height: number;
	readonly values: Float32Array;
	/** Numbers that mean something; what follows them only fills the last row, and is left transparent. Absent: all. */
	readonly count?: number;
}

export interface Pixels {
	readonly width: number;
	readonly height: number;
	readonly rgba: Uint8ClampedArray<ArrayBuffer>;
}

export type Blend =
	/** The map lies over the picture, as strong everywhere. */
	| "over"
	/** Strong values cover the picture, values near zero let it through. */
	| "strength"
	/** The picture where the values are strong, dark elsewhere. */
	| "mask";

export const BLENDS: readonly { id: Blend; title: string }[] = [
	{ id: "over", title: "Over the input" },
	{ id: "strength", title: "By strength" },
	{ id: "mask", title: "Masked input" },
];

/** A map in its colours, a pixel a number. */
export function paintMap({ width, height, values, count }: NumberMap, range: ValueRange, colours: Colormap): Pixels {
	const rgba = new Uint8ClampedArray(width * height * 4);
	paint(values.subarray(0, count), range, colours, rgba);
	return { width, height, rgba };
}

/** Three numbers a pixel as red, green and blue: a kernel over a colour picture. */
export function paintRgb({ width, height, values }: NumberMap, { low, high }: ValueRange): Pixels {
	const rgba = new Uint8ClampedArray(width * height * 4);
	const extent = high - low || 1;
	for (let i = 0; i < width * height; i++) {
		for (let c = 0; c < 3; c++) rgba[i * 4 + c] = (255 * (values[i * 3 + c]! - low)) / extent;
		rgba[i * 4 + 3] = 255;
	}
	return { width, height, rgba };
}

/** Side that a map over a coarser or finer picture is painted at, so that it is smooth. */
const SMOOTH_SIDE = 336;

/**
 * A map over a picture. A map as fine as the picture keeps its pixels; a coarser one is interpolated, on a raster fine
 * enough to be smooth.
 * @param opacity of the map, 0 to 1
 */
export function paintOverlay(
	map: NumberMap,
	picture: Picture,
	range: ValueRange,
	colours: Colormap,
	opacity: number,
	blend: Blend,
): Pixels {
	const isFine = map.width >= picture.width && map.height >= picture.height;
	const side = Math.max(picture.width, picture.height);
	const times = isFine ? 1 : Math.max(1, Math.ceil(SMOOTH_SIDE / side));
	const width = isFine ? map.width : picture.width * times;
	const height = isFine ? map.height : picture.height * times;
	const values =
		map.width === width && map.height === height
			? map.values
			: resample(map.values, map.width, map.height, width, height);
	const { rgba } = paintMap({ width, height, values }, range, colours);
	const below = blend === "mask" ? enlarge(picture, width, height).rgba : luminance(enlarge(picture, width, height));
	const extent = Math.max(Math.abs(range.low), Math.abs(range.high)) || 1;
	for (let i = 0, at = 0; i < values.length; i++, at += 4) {
		const strength = Math.min(1, Math.abs(values[i]!) / extent);
		if (blend === "mask") {
			const light = 1 - opacity + opacity * strength;
			for (let c = 0; c < 3; c++) rgba[at + c] = below[at + c]! * light;
		} else {
			const cover = blend === "over" ? opacity : opacity * Math.sqrt(strength);
			for (let c = 0; c < 3; c++) rgba[at + c] = rgba[at + c]! * cover + below[at + c]! * (1 - cover);
		}
	}
	return { width, height, rgba };
}

/** Shades of gray: the colours of the picture would be taken for those of the map. Rec. 709 weights. */
function luminance({ rgba }: Picture): Uint8Array {
	const gray = new Uint8Array(rgba.length);
	for (let at = 0; at < rgba.length; at += 4)
		gray.fill(0.2126 * rgba[at]! + 0.7152 * rgba[at + 1]! + 0.0722 * rgba[at + 2]!, at, at + 3);
	return gray;
}

/** A vector as a picture, as square as may be. */
export function squareUp(values: Float32Array): NumberMap {
	const width = Math.ceil(Math.sqrt(values.length)) || 1;
	const height = Math.ceil(values.length / width) || 1;
	if (width * height === values.length) return { width, height, values };
	const padded = new Float32Array(width * height);
	padded.set(values);
	return { width, height, values: padded, count: values.length };
}
