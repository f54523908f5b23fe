import { InvalidRequestError } from "../../../shared/errors";
import type { Builder } from "../../program/builder";
import type { Value } from "../../program/types";
import {
	abs,
	add,
	type BinaryName,
	binary,
	cast,
	div,
	exp,
	maximum,
	minimum,
	mul,
	neg,
	reshape,
	select,
	sqrt,
	square,
	sub,
	unary,
} from "../../program/vocabulary";
import { textAttr } from "../attributes";
import { asFloat, inputAt, promote, promoteNumbers } from "../numbers";
import type { Attrs, OpDefinition, OpKind } from "../op";

export type Combine = (b: Builder, x: Value, y: Value) => Value;

/** A function of two numbers, whatever their types. */
const ofNumbers =
	(combine: Combine): Combine =>
	(b, x, y) =>
		combine(b, ...(promoteNumbers(b, [x, y]) as [Value, Value]));
const ofReals =
	(combine: Combine): Combine =>
	(b, x, y) =>
		combine(b, asFloat(b, x), asFloat(b, y));
const ofTruths =
	(combine: Combine): Combine =>
	(b, x, y) =>
		combine(b, cast(b, x, "bool"), cast(b, y, "bool"));
const primitive =
	(name: BinaryName): Combine =>
	(b, x, y) =>
		binary(b, name, x, y);
const comparison =
	(name: BinaryName): Combine =>
	(b, x, y) => {
		const [left, right] = promote(b, [x, y]) as [Value, Value];
		return binary(b, name, left, right);
	};

/** log(exp(x) + exp(y)) without overflow. */
const logAddExp: Combine = (b, x, y) =>
	add(b, maximum(b, x, y), unary(b, "log1p", exp(b, neg(b, abs(b, sub(b, x, y))))));

/** 0 where the divisor is 0. */
const divideNoNan: Combine = (b, x, y) => {
	const zero = binary(b, "equal", y, 0);
	return select(b, zero, 0, div(b, x, select(b, zero, 1, y)));
};

/** The remainder with the sign of the dividend, exact as C's fmod. */
const truncatedMod: Combine = (b, x, y) => mul(b, unary(b, "sign", x), binary(b, "mod", abs(b, x), abs(b, y)));

/**
 * The remainder with the sign of the divisor. Engines differ where the divisor is infinite, so that of reals is the
 * truncated one, moved where the signs differ.
 */
const flooredMod: Combine = (b, x, y) => {
	if (x.dtype === "int32") return binary(b, "mod", x, y);
	const remainder = truncatedMod(b, x, y);
	const signs = binary(b, "less", mul(b, unary(b, "sign", remainder), unary(b, "sign", y)), 0);
	return select(b, signs, add(b, remainder, y), remainder);
};

/** The quotient of integers without its fraction. */
const truncatedDiv: Combine = (b, x, y) =>
	mul(b, mul(b, unary(b, "sign", x), unary(b, "sign", y)), binary(b, "floorDiv", abs(b, x), abs(b, y)));

/** x^y of integers is computed with reals: exact below 2^24. */
const power: Combine = (b, x, y) => {
	const whole = x.dtype === "int32" && y.dtype === "int32";
	const result = binary(b, "pow", asFloat(b, x), asFloat(b, y));
	// An approximation of 125 may be a little less.
	return whole ? cast(b, unary(b, "round", result), "int32") : result;
};

/** Every function of two operands, with the kind it has when both are data. */
export const COMBINATIONS: Readonly<Record<string, { kind: OpKind; combine: Combine }>> = {
	Add: { kind: "linear", combine: ofNumbers(add) },
	Sub: { kind: "linear", combine: ofNumbers(sub) },
	Mul: { kind: "bilinear", combine: ofNumbers(mul) },
	Div: { kind: "opaque", combine: ofReals(div) },
	DivNoNan: { kind: "opaque", combine: ofReals(divideNoNan) },
	FloorDiv: { kind: "opaque", combine: ofNumbers(primitive("floorDiv")) },
	Mod: { kind: "opaque", combine: ofNumbers(flooredMod) },
	TruncateMod: { kind: "opaque", combine: ofNumbers(truncatedMod) },
	TruncateDiv: { kind: "opaque", combine: ofNumbers(truncatedDiv) },
	Pow: { kind: "opaque", combine: ofNumbers(power) },
	Maximum: { kind: "route", combine: ofNumbers(maximum) },
	Minimum: { kind: "route", combine: ofNumbers(minimum) },
	SquaredDifference: { kind: "opaque", combine: ofReals((b, x, y) => square(b, sub(b, x, y))) },
	Hypot: { kind: "opaque", combine: ofReals((b, x, y) => sqrt(b, add(b, square(b, x), square(b, y)))) },
	Atan2: { kind: "opaque", combine: ofReals(primitive("atan2")) },
	LogAddExp: { kind: "opaque", combine: ofReals(logAddExp) },
	Greater: { kind: "opaque", combine: ofNumbers(primitive("greater")) },
	GreaterEqual: { kind: "opaque", combine: ofNumbers(primitive("greaterEqual")) },
	Less: { kind: "opaque", combine: ofNumbers(primitive("less")) },
	LessEqual: { kind: "opaque", combine: ofNumbers(primitive("lessEqual")) },
	Equal: { kind: "opaque", combine: comparison("equal") },
	NotEqual: { kind: "opaque", combine: comparison("notEqual") },
	LogicalAnd: { kind: "opaque", combine: ofTruths(primitive("logicalAnd")) },
	LogicalOr: { kind: "opaque", combine: ofTruths(primitive("logicalOr")) },
	LogicalXor: { kind: "opaque", combine: ofTruths(primitive("notEqual")) },
};

/**
 * Operands of different ranks. attrs `broadcast`: `trailing` aligns them at the last axis as NumPy does;
 * `after-batch` gives those of lower rank axes of extent 1 behind the batch, as Keras' merging layers do.
 */
function aligned(b: Builder, inputs: readonly Value[], attrs: Attrs): Value[] {
	if (inputs.length === 0) throw new InvalidRequestError("at least one input was expected");
	if (textAttr(attrs, "broadcast", ["trailing", "after-batch"], "trailing") === "trailing") return [...inputs];
	const rank = Math.max(...inputs.map((input) => input.shape.length));
	return inputs.map((x) => {
		const missing = new Array<number>(rank - x.shape.length).fill(1);
		return missing.length === 0 ? x : reshape(b, x, [...x.shape.slice(0, 1), ...missing, ...x.shape.slice(1)]);
	});
}

const folded = (b: Builder, inputs: readonly Value[], attrs: Attrs, combine: Combine): Value =>
	aligned(b, inputs, attrs).reduce((x, y) => combine(b, x, y));

const SUMS = new Set(["Add", "Sub"]);

export const ARITHMETIC: readonly OpDefinition[] = [
	...Object.entries(COMBINATIONS).map(
		([op, { kind, combine }]): OpDefinition => ({
			op,
			kind,
			...(SUMS.has(op) && { family: "sum" as const }),
			forward: (b, inputs, _params, attrs) => [folded(b, inputs, attrs, combine)],
		}),
	),
	{
		op: "Average",
		kind: "linear",
		family: "sum",
		forward: (b, inputs, _params, attrs) => [
			div(b, asFloat(b, folded(b, inputs, attrs, ofNumbers(add))), inputs.length),
		],
	},
	{
		op: "Select",
		kind: "route",
		/** inputs: a bool condition, what is taken where it holds, what is taken elsewhere */
		forward(b, inputs) {
			const [whenTrue, whenFalse] = promote(b, [inputAt(inputs, 1), inputAt(inputs, 2)]) as [Value, Value];
			return [select(b, cast(b, inputAt(inputs, 0), "bool"), whenTrue, whenFalse)];
		},
	},
];
