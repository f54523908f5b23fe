import { InvalidRequestError } from "../../../shared/errors";
import type { DType } from "../../../shared/tensor";
import { flag, integer, integers } from "../attributes";
import type { Builder } from "../builder";
import { formatShape, isBatchDim, productOf } from "../dims";
import type { Primitive, PrimitiveCall } from "../primitive";
import type { Attributes, Value, ValueType } from "../types";
import {
	binary,
	broadcastTo,
	cast,
	cumsum,
	div,
	exp,
	full,
	mul,
	reduce,
	reshape,
	select,
	sub,
	sum,
} from "../vocabulary";
import { axisAttribute, elements, onlyInput } from "./checks";

const FLOAT: readonly DType[] = ["float32"];
const NUMBER: readonly DType[] = ["float32", "int32"];

function reducedType(inputs: readonly ValueType[], attributes: Attributes, accepted: readonly DType[]): ValueType {
	const x = onlyInput(inputs, accepted);
	const axes = integers(attributes, "axes");
	for (const [position, axis] of axes.entries()) {
		if (axis < 0 || axis >= x.shape.length)
			throw new InvalidRequestError(`axis ${axis} is not one of ${formatShape(x.shape)}`);
		if (position > 0 && axis <= (axes[position - 1] as number))
			throw new InvalidRequestError(`axes must ascend without repetition, but are [${axes.join(", ")}]`);
	}
	const shape = flag(attributes, "keepDims")
		? x.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim))
		: x.shape.filter((_, axis) => !axes.includes(axis));
	return { dtype: x.dtype, shape };
}

/** The reduced value (or its cotangent) as it broadcasts against x again. */
function kept(b: Builder, { inputs, attributes }: PrimitiveCall, reduced: Value): Value {
	const axes = integers(attributes, "axes");
	const shape = (inputs[0] as Value).shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
	return reshape(b, reduced, shape);
}

function reduction(
	name: string,
	vjp: (b: Builder, call: PrimitiveCall, x: Value, g: Value) => Value,
	accepted: readonly DType[] = NUMBER,
): Primitive {
	return {
		name,
		type: (inputs, attributes) => reducedType(inputs, attributes, accepted),
		// `g` is handed on with the reduced axes kept as 1.
		vjp: (b, call, g) => [vjp(b, call, call.inputs[0] as Value, kept(b, call, g))],
		flops: (inputs) => elements(inputs[0] as ValueType),
	};
}

function sharedAmongTies(b: Builder, call: PrimitiveCall, x: Value, g: Value): Value {
	const ties = cast(b, binary(b, "equal", x, kept(b, call, call.result)), "float32");
	const count = sum(b, ties, integers(call.attributes, "axes"), true);
	return mul(b, ties, div(b, g, count));
}

function meanVjp(b: Builder, { attributes }: PrimitiveCall, x: Value, g: Value): Value {
	const axes = integers(attributes, "axes");
	const extents = axes.map((axis) => x.shape[axis] as number);
	if (!extents.some(isBatchDim)) return broadcastTo(b, div(b, g, productOf(extents)), x.shape);
	const count = sum(b, full(b, x.shape, 1), axes, true);
	return broadcastTo(b, div(b, g, count), x.shape);
}

/** Product of the others, also where elements are 0. */
function productVjp(b: Builder, call: PrimitiveCall, x: Value, g: Value): Value {
	const axes = integers(call.attributes, "axes");
	const isZero = binary(b, "equal", x, 0);
	const zeros = sum(b, cast(b, isZero, "float32"), axes, true);
	const safe = select(b, isZero, 1, x);
	const productOfNonZero = reduce(b, "reduceProd", safe, axes, true);
	const withoutZeros = select(b, binary(b, "equal", zeros, 0), div(b, productOfNonZero, safe), 0);
	const onlyZero = binary(b, "logicalAnd", isZero, binary(b, "equal", zeros, 1));
	return mul(b, g, select(b, onlyZero, productOfNonZero, withoutZeros));
}

function indexOfExtreme(name: string): Primitive {
	return {
		name,
		type(inputs, attributes) {
			const x = onlyInput(inputs, NUMBER);
			const axis = axisAttribute(attributes, x.shape);
			if (x.shape[axis] === 0)
				throw new InvalidRequestError(
					`axis ${axis} of ${formatShape(x.shape)} is empty, so nothing in it is largest or smallest`,
				);
			return { dtype: "int32", shape: x.shape.filter((_, index) => index !== axis) };
		},
		flops: (inputs) => elements(inputs[0] as ValueType),
	};
}

const cumsumPrimitive: Primitive = {
	name: "cumsum",
	type(inputs, attributes) {
		const x = onlyInput(inputs, NUMBER);
		axisAttribute(attributes, x.shape);
		return x;
	},
	vjp: (b, { attributes }, g) => [
		cumsum(b, g, integer(attributes, "axis"), {
			exclusive: flag(attributes, "exclusive"),
			reverse: !flag(attributes, "reverse"),
		}),
	],
};

function overLastAxis(name: string, vjp: (b: Builder, y: Value, g: Value) => Value): Primitive {
	return {
		name,
		type(inputs) {
			const x = onlyInput(inputs, FLOAT);
			if (x.shape.length === 0) throw new InvalidRequestError("at least one axis was expected, but a scalar was given");
			return x;
		},
		vjp: (b, { result }, g) => [vjp(b, result, g)],
		flops: (inputs) => 5 * elements(inputs[0] as ValueType),
	};
}

export const REDUCTIONS: readonly Primitive[] = [
	reduction("reduceSum", (b, _call, x, g) => broadcastTo(b, g, x.shape)),
	reduction("reduceMean", meanVjp, FLOAT),
	// Equal extremes share the cotangent, as in TensorFlow.
	reduction("reduceMax", sharedAmongTies),
	reduction("reduceMin", sharedAmongTies),
	reduction("reduceProd", productVjp),
	indexOfExtreme("argMax"),
	indexOfExtreme("argMin"),
	cumsumPrimitive,
	overLastAxis("softmax", (b, y, g) => mul(b, y, sub(b, g, sum(b, mul(b, g, y), [-1], true)))),
	overLastAxis("logSoftmax", (b, y, g) => sub(b, g, mul(b, exp(b, y), sum(b, g, [-1], true)))),
];
