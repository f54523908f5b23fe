import { integers } from "../../../program/attributes";
import type { Kernel, KernelTable } from "./kernel";
import { copyStrided, rowMajorStrides } from "./strided";

/** Where each axis of an example begins, by the positions that a row tells for some axes. */
function beginOf(at: ArrayLike<number>, row: number, axes: readonly number[], rank: number): number[] {
	const begin = new Array<number>(rank).fill(0);
	for (const [column, axis] of axes.entries()) begin[axis] = at[row * axes.length + column] as number;
	return begin;
}

const offsetOf = (begin: readonly number[], strides: readonly number[]) =>
	begin.reduce((sum, position, axis) => sum + position * (strides[axis] as number), 0);

const crop: Kernel = ({ backend, inputs: [base, at], attributes, shape, dtype }) => {
	const axes = integers(attributes, "axes");
	const result = backend.allocate(shape, dtype);
	const [to, from, rows] = [backend.view(result), backend.view(base!), backend.view(at!)];
	const [strides, fromStrides] = [rowMajorStrides(shape), rowMajorStrides(base!.shape)];
	const one = [1, ...shape.slice(1)];
	for (let n = 0; n < (shape[0] as number); n++) {
		const offset = offsetOf(beginOf(rows, n, axes, shape.length), fromStrides);
		copyStrided(to, { offset: n * (strides[0] as number), strides }, from, { offset, strides: fromStrides }, one);
	}
	return result;
};

const cropPatched: Kernel = (call) => {
	const { backend, inputs, attributes, shape } = call;
	const [base, patch, patchAt, at] = inputs;
	const axes = integers(attributes, "axes");
	const result = crop({ ...call, inputs: [base!, at!] });
	const [to, from] = [backend.view(result), backend.view(patch!)];
	const [rows, patchRows] = [backend.view(at!), backend.view(patchAt!)];
	const [strides, fromStrides] = [rowMajorStrides(shape), rowMajorStrides(patch!.shape)];
	for (let n = 0; n < (shape[0] as number); n++) {
		const begin = beginOf(rows, n, axes, shape.length);
		// Where the patch begins, seen from the crop.
		const lies = beginOf(patchRows, n, axes, shape.length).map((position, axis) => position - (begin[axis] as number));
		const low = lies.map((position) => Math.max(0, position));
		const extents = lies.map((position, axis) =>
			axis === 0
				? 1
				: Math.min(shape[axis] as number, position + (patch!.shape[axis] as number)) - (low[axis] as number),
		);
		if (extents.some((extent) => extent <= 0)) continue;
		const within = low.map((position, axis) => position - (lies[axis] as number));
		copyStrided(
			to,
			{ offset: n * (strides[0] as number) + offsetOf(low, strides), strides },
			from,
			{ offset: n * (fromStrides[0] as number) + offsetOf(within, fromStrides), strides: fromStrides },
			extents,
		);
	}
	return result;
};

export const CROPPING_KERNELS: KernelTable = { crop, cropPatched };
