import { sizeOf } from "../../../../shared/tensor";
import { flag, integer, integers } from "../../../program/attributes";
import type { EagerBackend, Handle } from "../backend";
import type { Kernel, KernelTable } from "./kernel";
import { aroundAxis, denseCopy, rowMajorStrides } from "./strided";

/** How many values are reduced, and where: [outer, reduced, inner]. */
interface Reducible {
	readonly x: Handle;
	readonly outer: number;
	readonly reduced: number;
	readonly inner: number;
}

/** Brings the reduced axes together; a copy only when they are apart. */
function reducible(backend: EagerBackend, x: Handle, axes: readonly number[]): Reducible {
	const first = axes[0] ?? 0;
	if (axes.every((axis, index) => axis === first + index)) {
		const [outer, reduced, inner] = aroundAxis(x.shape, first, axes.length);
		return { x, outer, reduced, inner };
	}
	const permutation = [...x.shape.keys()].filter((axis) => !axes.includes(axis)).concat(axes);
	const strides = rowMajorStrides(x.shape);
	const shape = permutation.map((axis) => x.shape[axis] as number);
	const moved = denseCopy(
		backend,
		x,
		{ offset: 0, strides: permutation.map((axis) => strides[axis] as number) },
		shape,
	);
	const reduced = sizeOf(axes.map((axis) => x.shape[axis] as number));
	return { x: moved, outer: sizeOf(shape) / reduced, reduced, inner: 1 };
}

/** Accumulates in double. @param finish what is made of the accumulated value and the number of values */
function reduction(
	start: number,
	combine: (sofar: number, value: number) => number,
	finish = (sofar: number, _count: number) => sofar,
): Kernel {
	return ({ backend, inputs: [input], attributes, shape, dtype }) => {
		const { x, outer, reduced, inner } = reducible(backend, input!, integers(attributes, "axes"));
		const result = backend.allocate(shape, dtype);
		const from = backend.view(x);
		const to = backend.view(result);
		const sofar = new Float64Array(inner);
		for (let o = 0; o < outer; o++) {
			sofar.fill(start);
			let at = o * reduced * inner;
			if (inner === 1) {
				let value = start;
				for (let r = 0; r < reduced; r++) value = combine(value, from[at++] as number);
				sofar[0] = value;
			} else {
				for (let r = 0; r < reduced; r++)
					for (let i = 0; i < inner; i++) sofar[i] = combine(sofar[i] as number, from[at++] as number);
			}
			for (let i = 0; i < inner; i++) to[o * inner + i] = finish(sofar[i] as number, reduced);
		}
		return result;
	};
}

/** First index of the most extreme value. */
function indexOfExtreme(isBetter: (value: number, best: number) => boolean): Kernel {
	return ({ backend, inputs: [x], attributes, shape }) => {
		const [outer, extent, inner] = aroundAxis(x!.shape, integer(attributes, "axis"));
		const result = backend.allocate(shape, "int32");
		const from = backend.view(x!);
		const to = backend.view(result);
		for (let o = 0; o < outer; o++) {
			for (let i = 0; i < inner; i++) {
				const first = o * extent * inner + i;
				let index = 0;
				let best = from[first] as number;
				for (let k = 1; k < extent; k++) {
					const value = from[first + k * inner] as number;
					if (isBetter(value, best)) {
						best = value;
						index = k;
					}
				}
				to[o * inner + i] = index;
			}
		}
		return result;
	};
}

const cumsum: Kernel = ({ backend, inputs: [x], attributes, shape, dtype }) => {
	const [outer, extent, inner] = aroundAxis(x!.shape, integer(attributes, "axis"));
	const exclusive = flag(attributes, "exclusive");
	const backwards = flag(attributes, "reverse");
	const result = backend.allocate(shape, dtype);
	const from = backend.view(x!);
	const to = backend.view(result);
	for (let o = 0; o < outer; o++) {
		for (let i = 0; i < inner; i++) {
			let sum = 0;
			for (let k = 0; k < extent; k++) {
				const at = (o * extent + (backwards ? extent - 1 - k : k)) * inner + i;
				const value = from[at] as number;
				to[at] = exclusive ? sum : sum + value;
				sum += value;
			}
		}
	}
	return result;
};

/** Over rows of the last axis: `write` gets the row's largest value and the sum of exp(x - largest). */
function overRows(write: (x: number, largest: number, sum: number) => number): Kernel {
	return ({ backend, inputs: [x], shape, dtype }) => {
		const result = backend.allocate(shape, dtype);
		const from = backend.view(x!);
		const to = backend.view(result);
		const extent = shape.at(-1) as number;
		for (let row = 0; row < to.length; row += extent) {
			let largest = Number.NEGATIVE_INFINITY;
			for (let i = 0; i < extent; i++) largest = Math.max(largest, from[row + i] as number);
			let sum = 0;
			for (let i = 0; i < extent; i++) sum += Math.exp((from[row + i] as number) - largest);
			for (let i = 0; i < extent; i++) to[row + i] = write(from[row + i] as number, largest, sum);
		}
		return result;
	};
}

export const REDUCTION_KERNELS: KernelTable = {
	reduceSum: reduction(0, (sofar, value) => sofar + value),
	reduceMean: reduction(
		0,
		(sofar, value) => sofar + value,
		(sofar, count) => sofar / count,
	),
	reduceMax: reduction(Number.NEGATIVE_INFINITY, Math.max),
	reduceMin: reduction(Number.POSITIVE_INFINITY, Math.min),
	reduceProd: reduction(1, (sofar, value) => sofar * value),
	argMax: indexOfExtreme((value, best) => value > best),
	argMin: indexOfExtreme((value, best) => value < best),
	cumsum,
	softmax: overRows((x, largest, sum) => Math.exp(x - largest) / sum),
	logSoftmax: overRows((x, largest, sum) => x - largest - Math.log(sum)),
};
