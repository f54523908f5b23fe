import { sizeOf } from "../../../shared/tensor";

/**
 * How values between grid points are made, one axis after the other. `nearest` and `linear` are PyTorch's `interpolate`
 * with `align_corners=False` (half-pixel centres; nearest takes floor(i * from / to)); `linear` is also OpenCV's `resize`.
 * `linear-corners` maps the first and last points onto each other (`align_corners=True`, `UpsamplingBilinear2d`).
 * `cubic` is the Keys kernel with a = -0.75. None filters when it shrinks.
 */
export type Interpolation = "nearest" | "linear" | "linear-corners" | "cubic";

/** What an element of a resized axis is made of. */
interface Taps {
	readonly at: readonly number[];
	readonly weights: readonly number[];
}

/**
 * Resizes the last axes of an array.
 * @param values row-major, any number of arrays of shape `from`
 * @param to extents, as many as `from`
 */
export function interpolate(
	values: ArrayLike<number>,
	from: readonly number[],
	to: readonly number[],
	how: Interpolation,
): Float64Array {
	let current = Float64Array.from(values);
	const shape = [...from];
	for (const [axis, extent] of to.entries()) {
		const own = shape[axis] as number;
		if (own === extent) continue;
		const inner = sizeOf(shape.slice(axis + 1));
		current = alongAxis(current, own, inner, tapsOf(own, extent, how));
		shape[axis] = extent;
	}
	return current;
}

function alongAxis(
	values: Float64Array,
	extent: number,
	inner: number,
	taps: readonly Taps[],
): Float64Array<ArrayBuffer> {
	const outer = values.length / Math.max(1, extent * inner);
	const result = new Float64Array(outer * taps.length * inner);
	for (let row = 0; row < outer; row++) {
		for (const [index, { at, weights }] of taps.entries()) {
			const target = (row * taps.length + index) * inner;
			for (const [tap, source] of at.entries()) {
				const weight = weights[tap] as number;
				const begin = (row * extent + source) * inner;
				for (let i = 0; i < inner; i++)
					result[target + i] = (result[target + i] as number) + weight * (values[begin + i] as number);
			}
		}
	}
	return result;
}

function tapsOf(from: number, to: number, how: Interpolation): Taps[] {
	return Array.from({ length: to }, (_, index) => {
		if (how === "nearest") return { at: [Math.min(from - 1, Math.floor((index * from) / to))], weights: [1] };
		const place =
			how === "linear-corners" ? (to > 1 ? (index * (from - 1)) / (to - 1) : 0) : ((index + 0.5) * from) / to - 0.5;
		const clamp = (at: number) => Math.min(from - 1, Math.max(0, at));
		const below = Math.floor(place);
		const share = place - below;
		if (how === "cubic")
			return {
				at: [below - 1, below, below + 1, below + 2].map(clamp),
				weights: [share + 1, share, 1 - share, 2 - share].map(cubicWeight),
			};
		return { at: [clamp(below), clamp(below + 1)], weights: [1 - share, share] };
	});
}

const CUBIC = -0.75;

function cubicWeight(distance: number): number {
	return distance < 1
		? ((CUBIC + 2) * distance - (CUBIC + 3)) * distance * distance + 1
		: ((CUBIC * distance - 5 * CUBIC) * distance + 8 * CUBIC) * distance - 4 * CUBIC;
}
