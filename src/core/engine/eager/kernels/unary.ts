import type { TensorData } from "../../../../shared/tensor";
import { number } from "../../../program/attributes";
import { SELU_ALPHA, SELU_SCALE } from "../../../program/primitives/unary";
import type { Attributes } from "../../../program/types";
import type { Kernel, KernelTable } from "./kernel";
import { erf, roundHalfEven, softplus } from "./special-functions";

/** Each closure is compiled with its own function inlined. Values are computed in double and rounded once. */
function elementwise(f: (x: number) => number): Kernel {
	return ({ backend, inputs: [x], shape, dtype }) => {
		const result = backend.allocate(shape, dtype);
		const from = backend.view(x!);
		const to = backend.view(result);
		for (let i = 0; i < to.length; i++) to[i] = f(from[i] as number);
		return result;
	};
}

/** With a function that depends on attributes. */
function parametric(make: (attributes: Attributes) => (x: number) => number): Kernel {
	return (call) => elementwise(make(call.attributes))(call);
}

const relu: Kernel = ({ backend, inputs: [x], shape, dtype }) => {
	const result = backend.allocate(shape, dtype);
	const from = backend.view(x!) as Float32Array;
	const to = backend.view(result) as Float32Array;
	for (let i = 0; i < to.length; i++) {
		const value = from[i] as number;
		// NaN stays NaN.
		to[i] = value <= 0 ? 0 : value;
	}
	return result;
};

const cast: Kernel = ({ backend, inputs: [x], shape, dtype }) => {
	if (x!.dtype === dtype) return backend.reshape(x!, shape);
	const result = backend.allocate(shape, dtype);
	const from: TensorData = backend.view(x!);
	const to = backend.view(result);
	if (dtype === "bool") for (let i = 0; i < to.length; i++) to[i] = from[i] !== 0 ? 1 : 0;
	// Writing to a typed array truncates towards zero.
	else to.set(from);
	return result;
};

export const UNARY_KERNELS: KernelTable = {
	neg: elementwise((x) => -x),
	abs: elementwise(Math.abs),
	sign: elementwise(Math.sign),
	exp: elementwise(Math.exp),
	log: elementwise(Math.log),
	log1p: elementwise(Math.log1p),
	expm1: elementwise(Math.expm1),
	sqrt: elementwise(Math.sqrt),
	rsqrt: elementwise((x) => 1 / Math.sqrt(x)),
	square: elementwise((x) => x * x),
	reciprocal: elementwise((x) => 1 / x),
	sin: elementwise(Math.sin),
	cos: elementwise(Math.cos),
	tan: elementwise(Math.tan),
	asin: elementwise(Math.asin),
	acos: elementwise(Math.acos),
	atan: elementwise(Math.atan),
	sinh: elementwise(Math.sinh),
	cosh: elementwise(Math.cosh),
	asinh: elementwise(Math.asinh),
	acosh: elementwise(Math.acosh),
	atanh: elementwise(Math.atanh),
	tanh: elementwise(Math.tanh),
	sigmoid: elementwise((x) => 1 / (1 + Math.exp(-x))),
	softplus: elementwise(softplus),
	erf: elementwise(erf),
	relu,
	elu: parametric((attributes) => {
		const alpha = number(attributes, "alpha");
		return (x) => (x > 0 ? x : alpha * Math.expm1(x));
	}),
	selu: elementwise((x) => (x > 0 ? SELU_SCALE * x : SELU_SCALE * SELU_ALPHA * Math.expm1(x))),
	leakyRelu: parametric((attributes) => {
		// The slope is a float32 number in every other engine.
		const alpha = Math.fround(number(attributes, "alpha"));
		return (x) => (x > 0 ? x : alpha * x);
	}),
	floor: elementwise(Math.floor),
	ceil: elementwise(Math.ceil),
	round: elementwise(roundHalfEven),
	isNaN: elementwise((x) => (Number.isNaN(x) ? 1 : 0)),
	isInfinite: elementwise((x) => (Math.abs(x) === Number.POSITIVE_INFINITY ? 1 : 0)),
	logicalNot: elementwise((x) => (x === 0 ? 1 : 0)),
	cast,
};
