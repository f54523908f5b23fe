import { InvalidRequestError } from "../../../../shared/errors";
import type { DType } from "../../../../shared/tensor";
import { integer } from "../../../program/attributes";
import type { Kernel, KernelTable } from "./kernel";
import { aroundAxis } from "./strided";

function checkIndex(index: number, extent: number): void {
	if (index < 0 || index >= extent)
		throw new InvalidRequestError(
			`index ${index} is out of range: the table has ${extent} entries, 0 to ${extent - 1}`,
		);
}

const gather: Kernel = ({ backend, inputs: [x, indices], attributes, shape, dtype }) => {
	const [outer, extent, inner] = aroundAxis(x!.shape, integer(attributes, "axis"));
	const result = backend.allocate(shape, dtype);
	const from = backend.view(x!);
	const at = backend.view(indices!);
	const to = backend.view(result);
	for (const index of at) checkIndex(index, extent);
	for (let o = 0; o < outer; o++) {
		for (let k = 0; k < at.length; k++) {
			const begin = (o * extent + (at[k] as number)) * inner;
			to.set(from.subarray(begin, begin + inner), (o * at.length + k) * inner);
		}
	}
	return result;
};

/** @param start what a place holds that nothing is scattered to, by dtype */
function scattering(start: (dtype: DType) => number, combine: (sofar: number, value: number) => number): Kernel {
	return ({ backend, inputs: [updates, indices], attributes, shape, dtype }) => {
		const [outer, extent, inner] = aroundAxis(shape, integer(attributes, "axis"));
		const result = backend.allocate(shape, dtype);
		const from = backend.view(updates!);
		const at = backend.view(indices!);
		const to = backend.view(result);
		to.fill(start(dtype));
		for (const index of at) checkIndex(index, extent);
		for (let o = 0; o < outer; o++) {
			for (let k = 0; k < at.length; k++) {
				const source = (o * at.length + k) * inner;
				const target = (o * extent + (at[k] as number)) * inner;
				for (let i = 0; i < inner; i++) to[target + i] = combine(to[target + i] as number, from[source + i] as number);
			}
		}
		return result;
	};
}

/** Largest finite float32 and int32. */
const highest = (dtype: DType) => (dtype === "int32" ? 2 ** 31 - 1 : 3.4028234663852886e38);
const lowest = (dtype: DType) => (dtype === "int32" ? -(2 ** 31) : -3.4028234663852886e38);

const topK: Kernel = ({ backend, inputs: [x], shape }) => {
	const extent = x!.shape.at(-1) as number;
	const count = shape.at(-1) as number;
	const result = backend.allocate(shape, "int32");
	const from = backend.view(x!);
	const to = backend.view(result);
	for (let row = 0; row * count < to.length; row++) {
		const values = from.subarray(row * extent, (row + 1) * extent);
		// Sorting is stable, so that of equal elements the first comes first.
		const places = Array.from({ length: extent }, (_, place) => place).sort((p, q) => {
			const [a, c] = [values[p] as number, values[q] as number];
			return a === c ? 0 : a > c ? -1 : 1;
		});
		for (let k = 0; k < count; k++) to[row * count + k] = places[k] as number;
	}
	return result;
};

/** An index out of range gives a row of zeros. */
const oneHot: Kernel = ({ backend, inputs: [indices], attributes, shape, dtype }) => {
	const depth = integer(attributes, "depth");
	const result = backend.allocate(shape, dtype);
	const at = backend.view(indices!);
	const to = backend.view(result);
	to.fill(0);
	for (let k = 0; k < at.length; k++) {
		const index = at[k] as number;
		if (index >= 0 && index < depth) to[k * depth + index] = 1;
	}
	return result;
};

const shapeOf: Kernel = ({ backend, inputs: [x], shape, dtype }) => {
	const result = backend.allocate(shape, dtype);
	backend.view(result).set(x!.shape);
	return result;
};

export const INDEXING_KERNELS: KernelTable = {
	gather,
	scatterAdd: scattering(
		() => 0,
		(sofar, value) => sofar + value,
	),
	scatterMax: scattering(lowest, Math.max),
	scatterMin: scattering(highest, Math.min),
	scatterProd: scattering(
		() => 1,
		(sofar, value) => sofar * value,
	),
	oneHot,
	topK,
	shapeOf,
};
