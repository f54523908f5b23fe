import { checkTable } from "../../numbers";

/** How places of the result become places of the input, as ONNX names them. */
export const COORDINATES = [
	"half_pixel",
	"half_pixel_symmetric",
	"pytorch_half_pixel",
	"align_corners",
	"asymmetric",
	"tf_crop_and_resize",
	"tf_half_pixel_for_nn",
] as const;
export const NEAREST = ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"] as const;

export interface AxisInterpolation {
	readonly extent: number;
	readonly made: number;
	/** made / extent, but for what rounding took. */
	readonly scale: number;
	readonly mode: "nearest" | "linear" | "cubic";
	readonly coordinates: (typeof COORDINATES)[number];
	readonly nearest: (typeof NEAREST)[number];
	readonly cubicCoefficient: number;
	/** Cells off the axis count nothing, and the others more; else the border is repeated. */
	readonly excludeOutside: boolean;
	/** Kernels are widened where the axis shrinks. */
	readonly antialias: boolean;
	/** Part of the axis that is resized, 0 to 1, for `tf_crop_and_resize`. */
	readonly region: readonly [number, number];
}

type Source = (at: number, axis: AxisInterpolation) => number;

const halfPixel: Source = (at, { scale }) => (at + 0.5) / scale - 0.5;

/** Place in the input of a place of the result. */
const SOURCES: Readonly<Record<AxisInterpolation["coordinates"], Source>> = {
	half_pixel: halfPixel,
	pytorch_half_pixel: (at, axis) => (axis.made === 1 ? -0.5 : halfPixel(at, axis)),
	half_pixel_symmetric: (at, axis) =>
		(axis.extent / 2) * (1 - axis.made / (axis.scale * axis.extent)) + halfPixel(at, axis),
	align_corners: (at, { extent, scale }) => (scale * extent === 1 ? 0 : (at * (extent - 1)) / (scale * extent - 1)),
	asymmetric: (at, { scale }) => at / scale,
	tf_half_pixel_for_nn: (at, { scale }) => (at + 0.5) / scale,
	tf_crop_and_resize(at, { extent, scale, region: [from, to] }) {
		const along = (to - from) * (extent - 1);
		return from * (extent - 1) + (scale * extent === 1 ? along / 2 : (at * along) / (scale * extent - 1));
	},
};

/** Place in the input of each place of the result. */
export const sourcePlaces = (axis: AxisInterpolation): number[] =>
	Array.from({ length: axis.made }, (_, at) => SOURCES[axis.coordinates](at, axis));

/** Weights of the cells from `first` on, counted from the cell before the place; `ratio` is how far behind that it is. */
interface Kernel {
	readonly first: number;
	readonly weights: readonly number[];
}

function cubicAt(distance: number, a: number): number {
	const x = Math.abs(distance);
	if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
	return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

function kernelAt(ratio: number, { mode, scale, antialias, cubicCoefficient }: AxisInterpolation): Kernel {
	const radius = mode === "cubic" ? 2 : 1;
	const weightAt = (distance: number) =>
		mode === "cubic" ? cubicAt(distance, cubicCoefficient) : Math.max(0, 1 - Math.abs(distance));
	const shrink = antialias ? Math.min(scale, 1) : 1;
	const first = Math.floor(-radius / shrink) + 1;
	const weights = Array.from({ length: 2 - 2 * first }, (_, at) => weightAt((first + at - ratio) * shrink));
	const total = weights.reduce((sum, weight) => sum + weight, 0);
	return { first, weights: antialias ? weights.map((weight) => weight / total) : weights };
}

const clamp = (at: number, extent: number) => Math.min(Math.max(at, 0), extent - 1);

/** The one cell that each place of the result takes. */
export function nearestCells(axis: AxisInterpolation): number[] {
	return sourcePlaces(axis).map((place) => {
		const low = Math.floor(place);
		const share = place - low;
		const up =
			share > 0 &&
			(axis.nearest === "ceil" ||
				(axis.nearest === "round_prefer_floor" && share > 0.5) ||
				(axis.nearest === "round_prefer_ceil" && share >= 0.5));
		return clamp(up ? low + 1 : low, axis.extent);
	});
}

/** Weights [made][extent], of the cells of the axis in each place of the result. */
export function interpolationMatrix(axis: AxisInterpolation): number[][] {
	const { extent, made, excludeOutside } = axis;
	checkTable(made, Math.max(extent, 16));
	return sourcePlaces(axis).map((place) => {
		const before = Math.ceil(place) - 1;
		const { first, weights } = kernelAt(place - before, axis);
		const row = new Array<number>(extent).fill(0);
		let total = 0;
		for (const [at, weight] of weights.entries()) {
			const cell = before + first + at;
			if (excludeOutside && (cell < 0 || cell >= extent)) continue;
			const inside = clamp(cell, extent);
			row[inside] = (row[inside] as number) + weight;
			total += weight;
		}
		return excludeOutside && total !== 0 ? row.map((weight) => weight / total) : row;
	});
}
