import type { Attr } from "../../../../graph/types";
import type { NodeContext, OperatorFamily, OperatorTranslator } from "../../translator";
import { isInteger, wrapped } from "./integers";

/** A single number is part of the op; what has several is a weight of the layer, which can be the bias of the one before. */
const SMALL = 1;

/** Numbers as nested lists, as attributes hold arrays. */
function nested(data: readonly number[], shape: readonly number[]): Attr {
	if (shape.length === 0) return data[0];
	const [extent = 0, ...rest] = shape;
	const row = data.length / Math.max(1, extent);
	return Array.from({ length: extent }, (_, at) => nested(data.slice(at * row, (at + 1) * row), rest));
}

/** Integers are computed with while a program is built (shapes, axes): they stay values of the graph. */
const isReal = (type: string) => !isInteger(type) && type !== "bool";

/**
 * A function of two values. Where inputs of the model have no part in one of them it is an op of one input, so that
 * relevance knows what is data: a bias that is added passes it, a product with a weight scales it.
 */
function combined(ctx: NodeContext, op: string, left = 0, right = 1): string {
	for (const [index, other, name] of [
		[right, left, `${op}Constant`],
		[left, right, `Constant${op}`],
	] as const) {
		if (!ctx.isFixed(index) || ctx.isFixed(other) || !isReal(ctx.type(index)) || !isReal(ctx.type(other))) continue;
		const { shape, data } = ctx.constant(index) ?? { shape: [], data: [] };
		if (data.length === 0 || data.length > SMALL)
			return ctx.emit(name, [ctx.input(other)], {}, { constant: ctx.param(index) });
		return ctx.emit(name, [ctx.input(other)], { constant: nested(data, shape) });
	}
	return ctx.emit(op, [ctx.input(left), ctx.input(right)]);
}

const arithmetic =
	(op: string, ofIntegers = op): OperatorTranslator =>
	(ctx) => {
		const type = ctx.type(0);
		return wrapped(ctx, combined(ctx, isInteger(type) ? ofIntegers : op), type);
	};

const comparison =
	(op: string): OperatorTranslator =>
	(ctx) => {
		ctx.outputType("bool");
		return combined(ctx, op);
	};

/** Of any number of values; with two of them as of two. */
const ofMany =
	(op: string): OperatorTranslator =>
	(ctx) => {
		if (ctx.inputCount === 2) return wrapped(ctx, combined(ctx, op), ctx.type(0));
		return wrapped(ctx, ctx.emit(op, ctx.inputs()), ctx.type(0));
	};

/** Up to opset 6 one slope for each channel. */
function slopeOf(ctx: NodeContext): string {
	const rank = ctx.rank(0);
	if (ctx.opset >= 7 || ctx.rank(1) !== 1 || rank === undefined || rank < 3) return ctx.input(1);
	return ctx.emit("ExpandDims", [ctx.input(1)], { axes: Array.from({ length: rank - 2 }, (_, axis) => axis + 1) });
}

export const arithmetics: OperatorFamily = {
	Add: arithmetic("Add"),
	Sub: arithmetic("Sub"),
	Mul: arithmetic("Mul"),
	/** Of integers without the fraction. */
	Div: arithmetic("Div", "TruncateDiv"),
	/** With the sign of the divisor, or with that of the dividend. */
	Mod: (ctx) => combined(ctx, ctx.flag("fmod", false) ? "TruncateMod" : "Mod"),
	/** The result has the type of the base. */
	Pow(ctx) {
		const [base, exponent] = [ctx.type(0), ctx.type(1)];
		if (isReal(base) && isInteger(exponent) && ctx.isFixed(1) && !ctx.isFixed(0)) {
			const { shape, data } = ctx.constant(1) ?? { shape: [], data: [] };
			if (data.length > 0 && data.length <= SMALL)
				return ctx.emit("PowConstant", [ctx.input(0)], { constant: nested(data, shape) });
		}
		const power = combined(ctx, "Pow");
		return isInteger(base) && !isInteger(exponent)
			? wrapped(ctx, ctx.emit("Cast", [power], { dtype: "int32" }), base)
			: wrapped(ctx, power, base);
	},
	Sum: ofMany("Add"),
	Max: ofMany("Maximum"),
	Min: ofMany("Minimum"),
	Mean: (ctx) => ctx.emit("Average", ctx.inputs()),
	Equal: comparison("Equal"),
	Greater: comparison("Greater"),
	GreaterOrEqual: comparison("GreaterEqual"),
	Less: comparison("Less"),
	LessOrEqual: comparison("LessEqual"),
	And: comparison("LogicalAnd"),
	Or: comparison("LogicalOr"),
	Xor: comparison("LogicalXor"),
	Not: (ctx) => ctx.emit("LogicalNot", [ctx.input(0)]),
	Where(ctx) {
		ctx.outputType(ctx.type(1));
		return ctx.emit("Select", [ctx.input(0), ctx.input(1), ctx.input(2)]);
	},
	PRelu(ctx) {
		if (ctx.opset >= 7 && ctx.isFixed(1) && isReal(ctx.type(1)))
			return ctx.emit("Prelu", [ctx.input(0)], {}, { alpha: ctx.param(1) });
		const [x, slope] = [ctx.input(0), slopeOf(ctx)];
		const zero = isReal(ctx.type(0)) ? ctx.number(0) : ctx.number(0, "int32");
		return ctx.emit("Select", [ctx.emit("Less", [x, zero]), ctx.emit("Mul", [x, slope]), x]);
	},
	SwiGLU(ctx) {
		const gate = ctx.emit("Swish", [ctx.input(0)], { alpha: ctx.float("alpha", 1) });
		return ctx.emit("Mul", [gate, ctx.input(1)]);
	},
};
