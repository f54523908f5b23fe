import { sizeOf } from "../../../../shared/tensor";
import type { Kernel, KernelTable } from "./kernel";
import { floorDiv, floorMod, pow } from "./special-functions";
import { broadcastHandle } from "./strided";

/** Each closure is compiled with its own function inlined. Values are computed in double and rounded once. */
function elementwise(f: (x: number, y: number) => number): Kernel {
	return ({ backend, inputs, shape, dtype }) => {
		const size = sizeOf(shape);
		const spread = inputs.map((input) => (sizeOf(input.shape) === 1 ? input : broadcastHandle(backend, input, shape)));
		const result = backend.allocate(shape, dtype);
		const [x, y] = spread.map((input) => backend.view(input)) as [Float32Array, Float32Array];
		const to = backend.view(result);
		if (y.length === 1) {
			const scalar = y[0] as number;
			if (x.length === 1) to.fill(f(x[0] as number, scalar));
			else for (let i = 0; i < size; i++) to[i] = f(x[i] as number, scalar);
		} else if (x.length === 1) {
			const scalar = x[0] as number;
			for (let i = 0; i < size; i++) to[i] = f(scalar, y[i] as number);
		} else {
			for (let i = 0; i < size; i++) to[i] = f(x[i] as number, y[i] as number);
		}
		return result;
	};
}

/** Integers follow other rules: products wrap, quotients are exact. */
function byType(floats: Kernel, integers: (x: number, y: number) => number): Kernel {
	const whole = elementwise(integers);
	return (call) => (call.inputs[0]!.dtype === "int32" ? whole : floats)(call);
}

/** XNNPACK broadcasts over at most so many axes. */
const MOST_AXES = 6;

/** The vectorised kernel of the backend for float32, a plain loop for the rest. */
function vectorised(kernelName: string, f: (x: number, y: number) => number): Kernel {
	const loop = elementwise(f);
	return (call) => {
		if (call.dtype !== "float32" || call.shape.length > MOST_AXES) return loop(call);
		const [a, b] = call.inputs;
		return call.backend.kernel(kernelName, { a: a!, b: b! });
	};
}

const select: Kernel = ({ backend, inputs, shape, dtype }) => {
	const spread = inputs.map((input) => broadcastHandle(backend, input, shape));
	const result = backend.allocate(shape, dtype);
	const [condition, whenTrue, whenFalse] = spread.map((input) => backend.view(input)) as [
		Uint8Array,
		Float32Array,
		Float32Array,
	];
	const to = backend.view(result);
	for (let i = 0; i < to.length; i++) to[i] = (condition[i] !== 0 ? whenTrue[i] : whenFalse[i]) as number;
	return result;
};

export const BINARY_KERNELS: KernelTable = {
	add: vectorised("Add", (x, y) => x + y),
	sub: vectorised("Sub", (x, y) => x - y),
	mul: byType(
		vectorised("Multiply", (x, y) => x * y),
		Math.imul,
	),
	div: vectorised("RealDiv", (x, y) => x / y),
	pow: elementwise(pow),
	// NaN wins; comparisons are several times faster than Math.max.
	maximum: elementwise((x, y) => (x > y ? x : y >= x ? y : Number.NaN)),
	minimum: elementwise((x, y) => (x < y ? x : y <= x ? y : Number.NaN)),
	floorDiv: byType(elementwise(floorDiv), (x, y) => Math.floor(x / y)),
	mod: elementwise(floorMod),
	atan2: elementwise(Math.atan2),
	greater: elementwise((x, y) => (x > y ? 1 : 0)),
	greaterEqual: elementwise((x, y) => (x >= y ? 1 : 0)),
	less: elementwise((x, y) => (x < y ? 1 : 0)),
	lessEqual: elementwise((x, y) => (x <= y ? 1 : 0)),
	equal: elementwise((x, y) => (x === y ? 1 : 0)),
	notEqual: elementwise((x, y) => (x !== y ? 1 : 0)),
	bitwiseAnd: elementwise((x, y) => x & y),
	logicalAnd: elementwise((x, y) => x & y),
	logicalOr: elementwise((x, y) => x | y),
	select,
	reluGrad: elementwise((g, x) => (x > 0 ? g : 0)),
};
