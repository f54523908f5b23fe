import { InvalidRequestError } from "../../../shared/errors";
import type { DType } from "../../../shared/tensor";
import { number, text } from "../attributes";
import type { Builder } from "../builder";
import type { Primitive } from "../primitive";
import type { Attributes, Value, ValueType } from "../types";
import { add, binary, div, exp, mul, neg, reluGrad, select, sqrt, square, sub, unary } from "../vocabulary";

/** Derivative of an elementwise function: the cotangent of x, given x, y = f(x) and the cotangent of y. */
type Derivative = (b: Builder, x: Value, y: Value, g: Value, attributes: Attributes) => Value | undefined;

const FLOAT: readonly DType[] = ["float32"];
const NUMBER: readonly DType[] = ["float32", "int32"];

function operand(inputs: readonly ValueType[], accepted: readonly DType[]): ValueType {
	const x = inputs[0];
	if (!x || inputs.length !== 1)
		throw new InvalidRequestError(`one operand was expected, but ${inputs.length} were given`);
	if (!accepted.includes(x.dtype))
		throw new InvalidRequestError(`a ${accepted.join(" or ")} operand was expected, but ${x.dtype} was given`);
	return x;
}

function elementwise(name: string, derivative: Derivative, accepted: readonly DType[] = FLOAT): Primitive {
	return {
		name,
		type: (inputs) => operand(inputs, accepted),
		vjp: (b, { inputs, result, attributes }, g) => [derivative(b, inputs[0] as Value, result, g, attributes)],
	};
}

/** Elementwise with a bool result, which carries no cotangent. */
function predicate(name: string, accepted: DType): Primitive {
	return { name, type: (inputs) => ({ dtype: "bool", shape: operand(inputs, [accepted]).shape }) };
}

/** A step function: its derivative is 0 wherever it exists. */
const flat: Derivative = () => undefined;
const positive = (b: Builder, x: Value) => binary(b, "greater", x, 0);
const oneMinusSquare = (b: Builder, x: Value) => sub(b, 1, square(b, x));
const onePlusSquare = (b: Builder, x: Value) => add(b, 1, square(b, x));

/** Klambauer et al. 2017, Self-Normalizing Neural Networks. */
export const SELU_ALPHA = 1.6732632423543772;
export const SELU_SCALE = 1.0507009873554805;

/** `cast` between float32, int32 (towards zero) and bool (not zero). */
const castPrimitive: Primitive = {
	name: "cast",
	type: (inputs, attributes) => ({
		dtype: text(attributes, "dtype") as DType,
		shape: operand(inputs, ["float32", "int32", "bool"]).shape,
	}),
	vjp: (_b, { inputs, result }, g) => [inputs[0]?.dtype === "float32" && result.dtype === "float32" ? g : undefined],
};

export const UNARY: readonly Primitive[] = [
	elementwise("neg", (b, _x, _y, g) => neg(b, g), NUMBER),
	elementwise("abs", (b, x, _y, g) => mul(b, g, unary(b, "sign", x)), NUMBER),
	elementwise("sign", flat, NUMBER),
	elementwise("exp", (b, _x, y, g) => mul(b, g, y)),
	elementwise("log", (b, x, _y, g) => div(b, g, x)),
	elementwise("log1p", (b, x, _y, g) => div(b, g, add(b, 1, x))),
	elementwise("expm1", (b, x, _y, g) => mul(b, g, exp(b, x))),
	elementwise("sqrt", (b, _x, y, g) => div(b, mul(b, g, 0.5), y)),
	elementwise("rsqrt", (b, x, y, g) => mul(b, mul(b, g, -0.5), div(b, y, x))),
	elementwise("square", (b, x, _y, g) => mul(b, mul(b, g, 2), x), NUMBER),
	elementwise("reciprocal", (b, _x, y, g) => neg(b, mul(b, g, square(b, y)))),
	elementwise("sin", (b, x, _y, g) => mul(b, g, unary(b, "cos", x))),
	elementwise("cos", (b, x, _y, g) => neg(b, mul(b, g, unary(b, "sin", x)))),
	elementwise("tan", (b, _x, y, g) => mul(b, g, onePlusSquare(b, y))),
	elementwise("asin", (b, x, _y, g) => div(b, g, sqrt(b, oneMinusSquare(b, x)))),
	elementwise("acos", (b, x, _y, g) => neg(b, div(b, g, sqrt(b, oneMinusSquare(b, x))))),
	elementwise("atan", (b, x, _y, g) => div(b, g, onePlusSquare(b, x))),
	elementwise("sinh", (b, x, _y, g) => mul(b, g, unary(b, "cosh", x))),
	elementwise("cosh", (b, x, _y, g) => mul(b, g, unary(b, "sinh", x))),
	elementwise("asinh", (b, x, _y, g) => div(b, g, sqrt(b, onePlusSquare(b, x)))),
	elementwise("acosh", (b, x, _y, g) => div(b, g, sqrt(b, sub(b, square(b, x), 1)))),
	elementwise("atanh", (b, x, _y, g) => div(b, g, oneMinusSquare(b, x))),
	elementwise("tanh", (b, _x, y, g) => mul(b, g, oneMinusSquare(b, y))),
	elementwise("sigmoid", (b, _x, y, g) => mul(b, g, mul(b, y, sub(b, 1, y)))),
	elementwise("softplus", (b, x, _y, g) => mul(b, g, unary(b, "sigmoid", x))),
	elementwise("erf", (b, x, _y, g) => mul(b, g, mul(b, exp(b, neg(b, square(b, x))), 2 / Math.sqrt(Math.PI)))),
	elementwise("relu", (b, x, _y, g) => reluGrad(b, g, x)),
	elementwise("elu", (b, x, y, g, attributes) =>
		mul(b, g, select(b, positive(b, x), 1, add(b, y, number(attributes, "alpha")))),
	),
	elementwise("selu", (b, x, y, g) =>
		mul(b, g, select(b, positive(b, x), SELU_SCALE, add(b, y, SELU_SCALE * SELU_ALPHA))),
	),
	elementwise("leakyRelu", (b, x, _y, g, attributes) =>
		select(b, positive(b, x), g, mul(b, g, number(attributes, "alpha"))),
	),
	elementwise("floor", flat),
	elementwise("ceil", flat),
	elementwise("round", flat),
	predicate("isNaN", "float32"),
	predicate("isInfinite", "float32"),
	predicate("logicalNot", "bool"),
	castPrimitive,
];
