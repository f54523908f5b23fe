import type { Attr } from "../../../graph/types";
import { isInteger } from "../tensors/element-types";
import type { NodeContext, OperatorFamily, OperatorTranslator } from "../translator";
import { wrapped } from "./elementwise/integers";

/** Axes of a reduction: an attribute at first, an input since opset 13 (ReduceSum) or 18 (the others). */
function reduced(ctx: NodeContext, op: string, value: string, attrs: Readonly<Record<string, Attr>> = {}): string {
	const axes = ctx.ints("axes");
	ctx.channels(ctx.flag("keepdims", true) ? "inherit" : "none");
	return ctx.emit(op, [value, ...(ctx.has(1) ? [ctx.input(1)] : [])], {
		...attrs,
		...(axes && { axes }),
		...(ctx.has(1) && { fromInputs: { axes: 1 } }),
		keepDims: ctx.flag("keepdims", true),
		noAxesIsAll: !ctx.flag("noop_with_empty_axes", false),
	});
}

const reduction =
	(op: string, attrs: Readonly<Record<string, Attr>> = {}): OperatorTranslator =>
	(ctx) =>
		wrapped(ctx, reduced(ctx, op, ctx.input(0), attrs), ctx.type(0));

/** Computed with reals; of integers without the fraction. */
const ofReals =
	(op: string, attrs: Readonly<Record<string, Attr>> = {}): OperatorTranslator =>
	(ctx) => {
		const value = reduced(ctx, op, ctx.input(0), attrs);
		return isInteger(ctx.type(0)) ? wrapped(ctx, ctx.emit("Cast", [value], { dtype: "int32" }), ctx.type(0)) : value;
	};

const place =
	(op: string): OperatorTranslator =>
	(ctx) => {
		ctx.outputType("int64");
		ctx.channels("none");
		return ctx.emit(op, [ctx.input(0)], {
			axis: ctx.int("axis", 0),
			keepDims: ctx.flag("keepdims", true),
			last: ctx.flag("select_last_index", false),
		});
	};

const cumulative =
	(op: string): OperatorTranslator =>
	(ctx) =>
		wrapped(
			ctx,
			ctx.emit(op, [ctx.input(0), ctx.input(1)], {
				fromInputs: { axis: 1 },
				exclusive: ctx.flag("exclusive", false),
				reverse: ctx.flag("reverse", false),
			}),
			ctx.type(0),
		);

export const reductions: OperatorFamily = {
	ReduceSum: reduction("Sum"),
	ReduceMax: reduction("Max"),
	ReduceMin: reduction("Min"),
	ReduceProd: reduction("Prod"),
	ReduceSumSquare: reduction("SumSquare"),
	ReduceL1: (ctx) => wrapped(ctx, reduced(ctx, "Sum", ctx.emit("Abs", [ctx.input(0)])), ctx.type(0)),
	ReduceMean: ofReals("Mean"),
	ReduceL2: ofReals("Norm", { order: 2 }),
	ReduceLogSum: ofReals("LogSum"),
	ReduceLogSumExp: ofReals("LogSumExp"),
	ArgMax: place("ArgMax"),
	ArgMin: place("ArgMin"),
	CumSum: cumulative("CumSum"),
	CumProd: cumulative("CumProd"),
	LpNormalization: (ctx) =>
		ctx.emit("LpNormalization", [ctx.input(0)], { axis: ctx.int("axis", -1), order: ctx.int("p", 2) }),
	MeanVarianceNormalization: (ctx) =>
		ctx.emit("MeanVarianceNormalization", [ctx.input(0)], { axes: ctx.ints("axes") ?? [0, 2, 3], epsilon: 1e-9 }),
	/** Up to opset 12 over all axes from `axis` on, seen as one. */
	Hardmax: (ctx) =>
		ctx.emit("Hardmax", [ctx.input(0)], ctx.opset >= 13 ? { axis: ctx.int("axis", -1) } : { from: ctx.int("axis", 1) }),
};
