import type { DType } from "../../../../shared/tensor";
import { integer, integers, number, pairs, text } from "../../../program/attributes";
import type { EagerBackend, Handle } from "../backend";
import type { Kernel, KernelTable } from "./kernel";
import { broadcastStrides, copyStrided, denseCopy, rowMajorStrides } from "./strided";

const reshape: Kernel = ({ backend, inputs: [x], shape }) => backend.reshape(x!, shape);

const transpose: Kernel = ({ backend, inputs: [x], attributes, shape }) => {
	const strides = rowMajorStrides(x!.shape);
	return denseCopy(
		backend,
		x!,
		{ offset: 0, strides: integers(attributes, "permutation").map((axis) => strides[axis] as number) },
		shape,
	);
};

const concat: Kernel = ({ backend, inputs, attributes, shape, dtype }) => {
	const axis = integer(attributes, "axis");
	const result = backend.allocate(shape, dtype);
	const to = backend.view(result);
	const strides = rowMajorStrides(shape);
	let begin = 0;
	for (const input of inputs) {
		const offset = begin * (strides[axis] as number);
		copyStrided(
			to,
			{ offset, strides },
			backend.view(input),
			{ offset: 0, strides: rowMajorStrides(input.shape) },
			input.shape,
		);
		begin += input.shape[axis] as number;
	}
	return result;
};

const slice: Kernel = ({ backend, inputs: [x], attributes, shape }) => {
	const strides = rowMajorStrides(x!.shape);
	const offset = integers(attributes, "begin").reduce((sum, begin, axis) => sum + begin * (strides[axis] as number), 0);
	return denseCopy(backend, x!, { offset, strides }, shape);
};

const stridedSlice: Kernel = ({ backend, inputs: [x], attributes, shape }) => {
	const axis = integer(attributes, "axis");
	const strides = rowMajorStrides(x!.shape);
	const offset = integer(attributes, "begin") * (strides[axis] as number);
	strides[axis] = (strides[axis] as number) * integer(attributes, "stride");
	return denseCopy(backend, x!, { offset, strides }, shape);
};

const pad: Kernel = ({ backend, inputs: [x], attributes, shape, dtype }) => {
	const result = backend.allocate(shape, dtype);
	const to = backend.view(result);
	to.fill(number(attributes, "value"));
	const strides = rowMajorStrides(shape);
	const offset = pairs(attributes, "paddings").reduce(
		(sum, [before], axis) => sum + before * (strides[axis] as number),
		0,
	);
	copyStrided(to, { offset, strides }, backend.view(x!), { offset: 0, strides: rowMajorStrides(x!.shape) }, x!.shape);
	return result;
};

/** Axis by axis: the middle, then both edges read backwards from it. */
const mirrorPad: Kernel = ({ backend, inputs: [x], attributes }) => {
	const skipped = text(attributes, "mode") === "reflect" ? 1 : 0;
	let padded = x!;
	for (const [axis, [before, after]] of pairs(attributes, "paddings").entries()) {
		if (before > 0 || after > 0) padded = mirrorAxis(backend, padded, axis, before, after, skipped);
	}
	return padded === x ? backend.reshape(padded, padded.shape) : padded;
};

function mirrorAxis(
	backend: EagerBackend,
	x: Handle,
	axis: number,
	before: number,
	after: number,
	skipped: number,
): Handle {
	const extent = x.shape[axis] as number;
	const resize = (count: number) => x.shape.map((dim, index) => (index === axis ? count : dim));
	const shape = resize(before + extent + after);
	const result = backend.allocate(shape, x.dtype as DType);
	const from = backend.view(x);
	const to = backend.view(result);
	const fromStrides = rowMajorStrides(x.shape);
	const toStrides = rowMajorStrides(shape);
	const step = toStrides[axis] as number;
	const backwards = fromStrides.map((stride, index) => (index === axis ? -stride : stride));
	const source = (index: number) => index * (fromStrides[axis] as number);
	copyStrided(to, { offset: before * step, strides: toStrides }, from, { offset: 0, strides: fromStrides }, x.shape);
	copyStrided(
		to,
		{ offset: 0, strides: toStrides },
		from,
		{ offset: source(before - 1 + skipped), strides: backwards },
		resize(before),
	);
	copyStrided(
		to,
		{ offset: (before + extent) * step, strides: toStrides },
		from,
		{ offset: source(extent - 1 - skipped), strides: backwards },
		resize(after),
	);
	return result;
}

const broadcastTo: Kernel = ({ backend, inputs: [x], shape }) =>
	denseCopy(backend, x!, { offset: 0, strides: broadcastStrides(x!.shape, shape) }, shape);

/** Seen as (copy, place) for each axis, a tile is a broadcast. */
const tile: Kernel = ({ backend, inputs: [x], attributes, shape }) => {
	const strides = rowMajorStrides(x!.shape);
	const split = integers(attributes, "multiples").flatMap((multiple, axis) => [multiple, x!.shape[axis] as number]);
	const repeated = denseCopy(backend, x!, { offset: 0, strides: strides.flatMap((stride) => [0, stride]) }, split);
	return backend.reshape(repeated, shape);
};

const reverse: Kernel = ({ backend, inputs: [x], attributes, shape }) => {
	const strides = rowMajorStrides(x!.shape);
	let offset = 0;
	for (const axis of new Set(integers(attributes, "axes"))) {
		offset += ((x!.shape[axis] as number) - 1) * (strides[axis] as number);
		strides[axis] = -(strides[axis] as number);
	}
	return denseCopy(backend, x!, { offset, strides }, shape);
};

export const SHAPE_KERNELS: KernelTable = {
	reshape,
	transpose,
	concat,
	slice,
	stridedSlice,
	pad,
	mirrorPad,
	broadcastTo,
	tile,
	reverse,
};
