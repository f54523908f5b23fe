import type { Builder } from "../../program/builder";
import type { Value } from "../../program/types";
import {
	abs,
	binary,
	cast,
	constant,
	div,
	exp,
	log,
	maximum,
	minimum,
	mul,
	neg,
	rsqrt,
	select,
	sqrt,
	square,
	sub,
	type UnaryName,
	unary,
} from "../../program/vocabulary";
import { flagAttr, numberAttr } from "../attributes";
import { asFloat, inputAt } from "../numbers";
import type { Attrs, OpDefinition } from "../op";

type RealFunction = (b: Builder, x: Value, attrs: Attrs) => Value;

const primitive =
	(name: UnaryName): RealFunction =>
	(b, x) =>
		unary(b, name, x);
const nan: RealFunction = (b, x) => unary(b, "isNaN", x);

/** attrs: `positive`, `negative`: which infinities count (default: both) */
function isInfinite(b: Builder, x: Value, attrs: Attrs): Value {
	const infinite = unary(b, "isInfinite", x);
	const counts = (name: string) => flagAttr(attrs, name, true);
	if (counts("positive") && counts("negative")) return infinite;
	const side = counts("positive") ? binary(b, "greater", x, 0) : binary(b, "less", x, 0);
	return counts("positive") || counts("negative")
		? binary(b, "logicalAnd", infinite, side)
		: binary(b, "notEqual", infinite, infinite);
}

const not = (b: Builder, x: Value) => unary(b, "logicalNot", x);
const or = (b: Builder, x: Value, y: Value) => binary(b, "logicalOr", x, y);

/** Rounded to a number of decimals, halves to even. attrs: `decimals` */
function round(b: Builder, x: Value, attrs: Attrs): Value {
	const scale = 10 ** numberAttr(attrs, "decimals", 0);
	return scale === 1 ? unary(b, "round", x) : div(b, unary(b, "round", mul(b, x, scale)), scale);
}

/** sin(pi x) / (pi x), 1 at 0. */
function sinc(b: Builder, x: Value): Value {
	const zero = binary(b, "equal", x, 0);
	const angle = mul(b, select(b, zero, 1, x), Math.PI);
	return select(b, zero, 1, div(b, unary(b, "sin", angle), angle));
}

/** Largest finite float32. */
const FLOAT_MAX = 3.4028234663852886e38;

/** attrs: `nan`, `positiveInfinity`, `negativeInfinity`: what takes their places */
function nanToNum(b: Builder, x: Value, attrs: Attrs): Value {
	const filled = select(b, nan(b, x, attrs), numberAttr(attrs, "nan", 0), x);
	const low = select(
		b,
		binary(b, "less", filled, -FLOAT_MAX),
		numberAttr(attrs, "negativeInfinity", -FLOAT_MAX),
		filled,
	);
	return select(b, binary(b, "greater", low, FLOAT_MAX), numberAttr(attrs, "positiveInfinity", FLOAT_MAX), low);
}

/** Smallest normal float16, steps below it, and the first number that is rounded to infinity. */
const HALF = { normal: 2 ** -14, step: 2 ** -24, overflow: 65520 };

/**
 * The nearest float16 (halves to even). Normal numbers lose 13 of their 24 bits by Veltkamp's splitting (Dekker 1971);
 * smaller ones are multiples of one step. The gradient passes, as through any cast between reals.
 */
function toHalf(b: Builder, x: Value): Value {
	const magnitude = abs(b, x);
	const isLarge = binary(b, "greaterEqual", magnitude, HALF.overflow);
	const moderate = select(b, isLarge, 0, x);
	const spread = mul(b, moderate, 2 ** 13 + 1);
	const normal = sub(b, spread, sub(b, spread, moderate));
	const small = binary(b, "less", magnitude, HALF.normal);
	const steps = mul(b, unary(b, "round", div(b, select(b, small, x, 0), HALF.step)), HALF.step);
	const infinite = mul(b, unary(b, "sign", x), Number.POSITIVE_INFINITY);
	return select(b, isLarge, infinite, select(b, small, steps, normal));
}

/** Functions of real numbers; integer inputs are converted. */
const FUNCTIONS: Readonly<Record<string, RealFunction>> = {
	Exp: exp,
	Exp2: (b, x) => exp(b, mul(b, x, Math.LN2)),
	Expm1: primitive("expm1"),
	Log: log,
	Log1p: primitive("log1p"),
	Log2: (b, x) => div(b, log(b, x), Math.LN2),
	Log10: (b, x) => div(b, log(b, x), Math.LN10),
	Sqrt: sqrt,
	Rsqrt: rsqrt,
	Cbrt: (b, x) => mul(b, unary(b, "sign", x), binary(b, "pow", abs(b, x), 1 / 3)),
	Reciprocal: primitive("reciprocal"),
	Sin: primitive("sin"),
	Cos: primitive("cos"),
	Tan: primitive("tan"),
	Asin: primitive("asin"),
	Acos: primitive("acos"),
	Atan: primitive("atan"),
	Sinh: primitive("sinh"),
	Cosh: primitive("cosh"),
	Asinh: primitive("asinh"),
	Acosh: primitive("acosh"),
	Atanh: primitive("atanh"),
	Sinc: sinc,
	Erf: primitive("erf"),
	Erfc: (b, x) => sub(b, 1, unary(b, "erf", x)),
	Floor: primitive("floor"),
	Ceil: primitive("ceil"),
	Trunc: (b, x) => mul(b, unary(b, "sign", x), unary(b, "floor", abs(b, x))),
	Round: round,
	ToHalf: toHalf,
	NanToNum: nanToNum,
	IsNan: nan,
	IsInf: isInfinite,
	IsFinite: (b, x, attrs) => not(b, or(b, nan(b, x, attrs), isInfinite(b, x, attrs))),
};

/** Clipped to [`low`, `high`]; an absent bound does not clip. */
function clip(b: Builder, x: Value, attrs: Attrs): Value {
	const whole = [attrs.low, attrs.high].every((bound) => bound == null || Number.isInteger(bound));
	const y = x.dtype === "int32" && whole ? x : asFloat(b, x);
	const above = attrs.low == null ? y : maximum(b, y, numberAttr(attrs, "low"));
	return attrs.high == null ? above : minimum(b, above, numberAttr(attrs, "high"));
}

/** Functions that leave integers integers. */
const NUMBER_FUNCTIONS: Readonly<Record<string, RealFunction>> = {
	Neg: neg,
	Abs: abs,
	Sign: primitive("sign"),
	Square: (b, x) => (x.dtype === "float32" ? square(b, x) : mul(b, x, x)),
	Clip: clip,
};

const asNumber = (b: Builder, x: Value) => (x.dtype === "bool" ? cast(b, x, "int32") : x);

const elementwise = (op: string, forward: OpDefinition["forward"]): OpDefinition => ({
	op,
	kind: "elementwise",
	forward,
});

export const FUNCTION_OPS: readonly OpDefinition[] = [
	...Object.entries(FUNCTIONS).map(([op, compute]) =>
		elementwise(op, (b, inputs, _params, attrs) => [compute(b, asFloat(b, inputAt(inputs, 0)), attrs)]),
	),
	...Object.entries(NUMBER_FUNCTIONS).map(([op, compute]) =>
		elementwise(op, (b, inputs, _params, attrs) => [compute(b, asNumber(b, inputAt(inputs, 0)), attrs)]),
	),
	elementwise("LogicalNot", (b, inputs) => [not(b, cast(b, inputAt(inputs, 0), "bool"))]),
	elementwise("Cast", (b, inputs, _params, attrs) => {
		const dtype = attrs.dtype === "bool" || attrs.dtype === "int32" ? attrs.dtype : "float32";
		return [cast(b, inputAt(inputs, 0), dtype)];
	}),
	elementwise("CastLike", (b, inputs) => [cast(b, inputAt(inputs, 0), inputAt(inputs, 1).dtype)]),
	elementwise("FullLike", (b, inputs, _params, attrs) => {
		const x = inputAt(inputs, 0);
		return [b.emit("broadcastTo", [constant(b, numberAttr(attrs, "value"), [], x.dtype)], { shape: [...x.shape] })];
	}),
	{ op: "Identity", kind: "shape", forward: (_b, inputs) => [inputAt(inputs, 0)] },
];
