import type { Attributes } from "../../../src/core/program/types";
import type { DType } from "../../../src/shared/tensor";

/**
 * What each primitive means, written with plain loops in float64 and nothing of the engines: the measure that all of
 * them are held to.
 */
export interface NdArray {
	readonly dtype: DType;
	readonly shape: readonly number[];
	readonly data: ArrayLike<number>;
}

export interface Expected {
	readonly values: readonly number[];
	/** How far a float32 engine may be off, element by element; see the functions below for the arithmetic. */
	readonly tolerance: readonly number[];
}

export type Reference = (inputs: readonly NdArray[], attributes: Attributes, shape: readonly number[]) => Expected;

/** Half a unit in the last place of float32. */
export const UNIT_ROUNDOFF = 2 ** -24;
/** Numbers below the smallest normal float32 may be flushed to 0. */
const FLUSHED = 2 ** -126;

/** Moved, chosen or compared values: no rounding at all. */
export function exact(values: readonly number[]): Expected {
	return { values, tolerance: values.map(() => 0) };
}

/** Rounded a few times: `roundings` half units in the last place of the value. */
export function rounded(values: readonly number[], roundings = 2): Expected {
	return { values, tolerance: values.map((value) => roundings * UNIT_ROUNDOFF * Math.abs(value) + FLUSHED) };
}

/**
 * Transcendental functions: engines use vectorised approximations, for which Eigen and XNNPACK promise a few units in
 * the last place: 16 half units of the value, and 16 of `scale`, the size of what the approximation subtracts from
 * (sin near pi, log near 1).
 */
export function approximated(values: readonly number[], scale: (index: number) => number = () => 0): Expected {
	return {
		values,
		tolerance: values.map((value, index) => 16 * UNIT_ROUNDOFF * (Math.abs(value) + Math.abs(scale(index))) + FLUSHED),
	};
}

/**
 * Sums of `terms` products added in any order in float32: the error of a dot product is at most
 * n u sum |a_i b_i| (Higham 2002, Accuracy and Stability of Numerical Algorithms, 3.1), and for rounding errors of
 * either sign about sqrt(n) u sum |a_i b_i| (ibid. 2.8). Four times that, so that a wrong term still shows.
 */
export function summed(values: readonly number[], absolute: readonly number[], terms: readonly number[]): Expected {
	return {
		values,
		tolerance: values.map(
			(_, index) => 4 * Math.sqrt((terms[index] as number) + 1) * UNIT_ROUNDOFF * (absolute[index] as number) + FLUSHED,
		),
	};
}

export function sizeOf(shape: readonly number[]): number {
	return shape.reduce((product, extent) => product * extent, 1);
}

/** Every index of a shape in row-major order. */
export function* indices(shape: readonly number[]): Generator<number[]> {
	const total = sizeOf(shape);
	for (let flat = 0; flat < total; flat++) yield unflatten(flat, shape);
}

export function unflatten(flat: number, shape: readonly number[]): number[] {
	const index = new Array<number>(shape.length);
	let rest = flat;
	for (let axis = shape.length - 1; axis >= 0; axis--) {
		index[axis] = rest % (shape[axis] as number);
		rest = Math.floor(rest / (shape[axis] as number));
	}
	return index;
}

export function flatten(index: readonly number[], shape: readonly number[]): number {
	return index.reduce((flat, position, axis) => flat * (shape[axis] as number) + position, 0);
}

/** Place of an element for an index of a larger shape that `x` broadcasts to. */
export function broadcastFlat(x: NdArray, index: readonly number[]): number {
	const own = x.shape.map((extent, axis) =>
		extent === 1 ? 0 : (index[axis + index.length - x.shape.length] as number),
	);
	return flatten(own, x.shape);
}

export function broadcastAt(x: NdArray, index: readonly number[]): number {
	return x.data[broadcastFlat(x, index)] as number;
}

export function at(x: NdArray, index: readonly number[]): number {
	return x.data[flatten(index, x.shape)] as number;
}

/** One value for each index of the result. */
export function tabulate(shape: readonly number[], value: (index: number[]) => number): number[] {
	return Array.from(indices(shape), value);
}
