import type { Attr } from "../../../../graph/types";
import type { NodeContext, OperatorFamily, OperatorTranslator } from "../../translator";
import { isInteger, wrapped } from "./integers";

const unary =
	(op: string, attrs: (ctx: NodeContext) => Record<string, Attr> = () => ({})): OperatorTranslator =>
	(ctx) =>
		ctx.emit(op, [ctx.input(0)], attrs(ctx));

/** Functions of integers that leave their range. */
const wrapping =
	(op: string): OperatorTranslator =>
	(ctx) =>
		wrapped(ctx, ctx.emit(op, [ctx.input(0)]), ctx.type(0));

const predicate =
	(op: string, attrs: (ctx: NodeContext) => Record<string, Attr> = () => ({})): OperatorTranslator =>
	(ctx) => {
		ctx.outputType("bool");
		return ctx.emit(op, [ctx.input(0)], attrs(ctx));
	};

/** A bound of Clip: an attribute up to opset 10, then an input. `undefined` when it is absent or no constant. */
function bound(ctx: NodeContext, attribute: string, index: number): number | undefined {
	if (ctx.opset < 11) return ctx.hasAttribute(attribute) ? ctx.float(attribute) : undefined;
	return ctx.has(index) ? ctx.constant(index)?.data[0] : undefined;
}

export const functions: OperatorFamily = {
	...Object.fromEntries(
		"Acos Acosh Asin Asinh Atan Atanh Ceil Cos Cosh Erf Exp Floor Log Reciprocal Round Sign Sin Sinh Sqrt Tan"
			.split(" ")
			.map((op) => [op, unary(op)]),
	),
	Neg: wrapping("Neg"),
	Abs: wrapping("Abs"),
	IsNaN: predicate("IsNan"),
	IsInf: predicate("IsInf", (ctx) => ({
		positive: ctx.flag("detect_positive", true),
		negative: ctx.flag("detect_negative", true),
	})),
	Shrink: unary("Shrink", (ctx) => ({ bias: ctx.float("bias", 0), threshold: ctx.float("lambd", 0.5) })),
	Swish: unary("Swish", (ctx) => ({ alpha: ctx.float("alpha", 1) })),
	Clip(ctx) {
		const [low, high] = [bound(ctx, "min", 1), bound(ctx, "max", 2)];
		// ReLU6 of mobile networks: its slope at 6 is 0.
		if (low === 0 && high === 6 && !isInteger(ctx.type(0))) return ctx.emit("Relu6", [ctx.input(0)]);
		let value = ctx.input(0);
		if (low !== undefined || high !== undefined) value = ctx.emit("Clip", [value], { low, high });
		if (low === undefined && ctx.has(1)) value = ctx.emit("Maximum", [value, ctx.input(1)]);
		if (high === undefined && ctx.has(2)) value = ctx.emit("Minimum", [value, ctx.input(2)]);
		return value === ctx.input(0) ? ctx.emit("Identity", [value]) : value;
	},
};
