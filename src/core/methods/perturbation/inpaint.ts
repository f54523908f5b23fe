import type { Tensor } from "../../../shared/tensor";
import type { Window } from "./windows";

/** Change of the largest covered value at which the iteration ends, as a share of the range of the input. */
const PRECISION = 1e-4;
const MOST_SWEEPS = 2000;

/**
 * Harmonic inpainting: what surrounds the window is continued into it, so that every covered element is the mean of its
 * neighbours along the axes; the border of the input counts as a mirror. (The membrane of image inpainting: Chan, Shen
 * 2001, Mathematical models for local nontexture inpaintings, doi:10.1137/S0036139900368844.) A window over everything
 * has no surroundings and takes each channel's mean.
 * @param means what every covered element begins at: of the input's shape
 * @param axes of positions, without the batch
 * @returns for a window, a tensor that is right inside of it until the next call
 */
export function inpaint(input: Tensor, means: Tensor, axes: readonly number[]): (window: Window) => Tensor {
	const data = Float32Array.from(input.data);
	const result: Tensor = { dtype: "float32", shape: input.shape, data };
	const [n = 1, ...shape] = input.shape;
	const size = data.length / Math.max(1, n);
	const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, extent) => product * extent, 1));
	let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
	for (const value of input.data) [low, high] = [Math.min(low, value), Math.max(high, value)];
	const enough = PRECISION * (high - low);

	return (window) => {
		const covered = elementsWithin(window, shape);
		const sides = covered.map((index) => neighbours(index, axes, shape, strides));
		const longest = Math.max(...axes.map((axis) => (window.end[axis] ?? 1) - (window.begin[axis] ?? 0)));
		// The best factor of successive over-relaxation for a box whose border is given.
		const relaxation = 2 / (1 + Math.sin(Math.PI / (longest + 1)));
		const flat = covered.map((index) => index.reduce((sum, at, axis) => sum + at * (strides[axis] as number), 0));
		for (let from = 0; from < data.length; from += size) {
			data.set(input.data.subarray(from, from + size), from);
			for (const at of flat) data[from + at] = means.data[from + at] as number;
			for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
				let change = 0;
				for (const [index, at] of flat.entries()) {
					const around = sides[index] as number[];
					if (around.length === 0) continue;
					let sum = 0;
					for (const side of around) sum += data[from + side] as number;
					const step = relaxation * (sum / around.length - (data[from + at] as number));
					data[from + at] = (data[from + at] as number) + step;
					change = Math.max(change, Math.abs(step));
				}
				if (!(change > enough)) break;
			}
		}
		return result;
	};
}

/** Row-major positions beside an element; beyond the border there are none. */
function neighbours(
	index: readonly number[],
	axes: readonly number[],
	shape: readonly number[],
	strides: readonly number[],
): number[] {
	const at = index.reduce((sum, position, axis) => sum + position * (strides[axis] as number), 0);
	const sides: number[] = [];
	for (const axis of axes) {
		const stride = strides[axis] as number;
		if ((index[axis] as number) > 0) sides.push(at - stride);
		if ((index[axis] as number) < (shape[axis] as number) - 1) sides.push(at + stride);
	}
	return sides;
}

function elementsWithin(window: Window, shape: readonly number[]): number[][] {
	let indices: number[][] = [[]];
	for (const [axis, extent] of shape.entries()) {
		const [begin, end] = [window.begin[axis] ?? 0, window.end[axis] ?? extent];
		indices = indices.flatMap((index) => Array.from({ length: end - begin }, (_, at) => [...index, begin + at]));
	}
	return indices;
}
