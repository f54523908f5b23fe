import type { DType } from "../../../shared/tensor";

/**
 * Numbers that are known while a program is built: arithmetic on shapes. Each is `data + batch * N` for the free batch
 * size N; without `batch` they do not depend on it.
 */
export interface KnownTensor {
	readonly dtype: DType;
	readonly shape: readonly number[];
	/** Row-major. */
	readonly data: readonly number[];
	readonly batch?: readonly number[];
}

/** Gives up `batch` where it is 0 everywhere. */
export function known(
	dtype: DType,
	shape: readonly number[],
	data: readonly number[],
	batch?: readonly number[],
): KnownTensor {
	const varies = batch?.some((multiple) => multiple !== 0);
	return { dtype, shape, data, ...(varies && { batch }) };
}

/** Row-major strides. */
export function stridesOf(shape: readonly number[]): number[] {
	const strides = new Array<number>(shape.length).fill(1);
	for (let axis = shape.length - 2; axis >= 0; axis--)
		strides[axis] = (strides[axis + 1] as number) * (shape[axis + 1] as number);
	return strides;
}

/** Calls `visit` with the index of each element, in row-major order. The array is used again. */
export function eachIndex(shape: readonly number[], visit: (index: readonly number[], at: number) => void): void {
	const size = shape.reduce((product, extent) => product * extent, 1);
	const index = shape.map(() => 0);
	for (let at = 0; at < size; at++) {
		visit(index, at);
		for (let axis = shape.length - 1; axis >= 0; axis--) {
			index[axis] = (index[axis] as number) + 1;
			if ((index[axis] as number) < (shape[axis] as number)) break;
			index[axis] = 0;
		}
	}
}

/** A tensor whose elements are those of `x` at the places that `source` names; `fill` stands where it gives -1. */
export function rearranged(
	x: KnownTensor,
	shape: readonly number[],
	source: (index: readonly number[]) => number,
	fill = 0,
): KnownTensor {
	const data: number[] = [];
	const batch: number[] | undefined = x.batch && [];
	eachIndex(shape, (index) => {
		const at = source(index);
		data.push(at < 0 ? fill : (x.data[at] as number));
		batch?.push(at < 0 ? 0 : (x.batch?.[at] as number));
	});
	return known(x.dtype, shape, data, batch);
}
