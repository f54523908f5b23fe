import { sizeOf, type TensorData } from "../../../../shared/tensor";
import type { EagerBackend, Handle } from "../backend";

/** How a block of elements lies in an array: element (i, j, ...) is at offset + i * strides[0] + j * strides[1] ... */
export interface StridedLayout {
	readonly offset: number;
	/** May be 0 (repeated) or negative (reversed). */
	readonly strides: readonly number[];
}

export function rowMajorStrides(shape: readonly number[]): number[] {
	const strides = new Array<number>(shape.length);
	let stride = 1;
	for (let axis = shape.length - 1; axis >= 0; axis--) {
		strides[axis] = stride;
		stride *= shape[axis] as number;
	}
	return strides;
}

/** Copies a block of `shape` from one array to another; what slicing, padding, transposing, reversing and repeating come down to. */
export function copyStrided(
	to: TensorData,
	toLayout: StridedLayout,
	from: TensorData,
	fromLayout: StridedLayout,
	shape: readonly number[],
): void {
	if (shape.includes(0)) return;
	const { extents, toStrides, fromStrides } = mergeAxes(shape, toLayout.strides, fromLayout.strides);
	copyBlock(to, toLayout.offset, toStrides, from, fromLayout.offset, fromStrides, extents, 0);
}

/** Drops axes of one element, and joins neighbours that lie one behind the other in both arrays. Leaves at least two axes. */
function mergeAxes(shape: readonly number[], to: readonly number[], from: readonly number[]) {
	const extents: number[] = [];
	const toStrides: number[] = [];
	const fromStrides: number[] = [];
	for (const [axis, extent] of shape.entries()) {
		if (extent === 1) continue;
		const [toStride, fromStride] = [to[axis] as number, from[axis] as number];
		const last = extents.length - 1;
		if (last >= 0 && toStrides[last] === toStride * extent && fromStrides[last] === fromStride * extent) {
			extents[last] = (extents[last] as number) * extent;
			toStrides[last] = toStride;
			fromStrides[last] = fromStride;
		} else {
			extents.push(extent);
			toStrides.push(toStride);
			fromStrides.push(fromStride);
		}
	}
	while (extents.length < 2) {
		extents.unshift(1);
		toStrides.unshift(0);
		fromStrides.unshift(0);
	}
	return { extents, toStrides, fromStrides };
}

function copyBlock(
	to: TensorData,
	toAt: number,
	toStrides: readonly number[],
	from: TensorData,
	fromAt: number,
	fromStrides: readonly number[],
	extents: readonly number[],
	axis: number,
): void {
	const extent = extents[axis] as number;
	const toStride = toStrides[axis] as number;
	const fromStride = fromStrides[axis] as number;
	if (axis < extents.length - 2) {
		for (let i = 0; i < extent; i++)
			copyBlock(to, toAt + i * toStride, toStrides, from, fromAt + i * fromStride, fromStrides, extents, axis + 1);
		return;
	}
	const inner = extents[axis + 1] as number;
	const toInner = toStrides[axis + 1] as number;
	const fromInner = fromStrides[axis + 1] as number;
	for (let i = 0; i < extent; i++) {
		let target = toAt + i * toStride;
		let source = fromAt + i * fromStride;
		if (toInner === 1 && fromInner === 1 && inner > 16) {
			to.set(from.subarray(source, source + inner), target);
		} else if (toInner === 1 && fromInner === 0) {
			to.fill(from[source] as number, target, target + inner);
		} else {
			for (let j = 0; j < inner; j++) {
				to[target] = from[source] as number;
				target += toInner;
				source += fromInner;
			}
		}
	}
}

/** A dense copy of a strided look at a tensor. */
export function denseCopy(backend: EagerBackend, x: Handle, layout: StridedLayout, shape: readonly number[]): Handle {
	const result = backend.allocate(shape, x.dtype as "float32");
	copyStrided(backend.view(result), { offset: 0, strides: rowMajorStrides(shape) }, backend.view(x), layout, shape);
	return result;
}

/** Strides with which a tensor of shape `from` is read as if it had the shape `to` (NumPy broadcasting). */
export function broadcastStrides(from: readonly number[], to: readonly number[]): number[] {
	const own = rowMajorStrides(from);
	const extra = to.length - from.length;
	return to.map((extent, axis) =>
		axis < extra || (from[axis - extra] === 1 && extent !== 1) ? 0 : (own[axis - extra] as number),
	);
}

/** The tensor itself when it has the shape (and as many elements), else a broadcast copy. */
export function broadcastHandle(backend: EagerBackend, x: Handle, shape: readonly number[]): Handle {
	if (sizeOf(x.shape) === sizeOf(shape)) return x;
	return denseCopy(backend, x, { offset: 0, strides: broadcastStrides(x.shape, shape) }, shape);
}

/** Extents before, at and behind an axis (or a run of neighbouring axes). */
export function aroundAxis(shape: readonly number[], axis: number, count = 1): [number, number, number] {
	return [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis, axis + count)), sizeOf(shape.slice(axis + count))];
}
