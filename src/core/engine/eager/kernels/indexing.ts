import { InvalidRequestError } from "../../../../shared/errors";
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

const scatterAdd: Kernel = ({ backend, inputs: [updates, indices], attributes, shape, dtype }) => {
	const [outer, extent, inner] = aroundAxis(shape, integer(attributes, "axis"));
	const result = backend.allocate(shape, dtype);
	const from = backend.view(updates!);
	const at = backend.view(indices!);
	const to = backend.view(result);
	to.fill(0);
	for (const index of at) checkIndex(index, extent);
	for (let o = 0; o < outer; o++) {
		for (let k = 0; k < at.length; k++) {
			const source = (o * at.length + k) * inner;
			const target = (o * extent + (at[k] as number)) * inner;
			for (let i = 0; i < inner; i++) to[target + i] = (to[target + i] as number) + (from[source + i] as number);
		}
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

export const INDEXING_KERNELS: KernelTable = { gather, scatterAdd, oneHot };
