import type { OperatorFamily, OperatorTranslator } from "../../translator";

const scatter =
	(op: string): OperatorTranslator =>
	(ctx) => {
		const joins: Readonly<Record<string, string>> = { none: "", add: "Add", mul: "Mul", max: "Max", min: "Min" };
		const reduction = ctx.text("reduction", "none");
		const join = joins[reduction];
		if (join === undefined) return ctx.unsupported(`${ctx.opType} that joins by "${reduction}" is not computed.`);
		return ctx.emit(`${op}${join}`, [ctx.input(0), ctx.input(1), ctx.input(2)], { axis: ctx.int("axis", 0) });
	};

export const gathers: OperatorFamily = {
	Gather(ctx) {
		ctx.channels("none");
		return ctx.emit("GatherFromEnds", [ctx.input(0), ctx.input(1)], { axis: ctx.int("axis", 0) });
	},
	GatherElements: (ctx) => ctx.emit("GatherElements", [ctx.input(0), ctx.input(1)], { axis: ctx.int("axis", 0) }),
	GatherND(ctx) {
		ctx.channels("none");
		return ctx.emit("GatherND", [ctx.input(0), ctx.input(1)], { batchAxes: ctx.int("batch_dims", 0) });
	},
	/** The name of ScatterElements up to opset 10. */
	Scatter: scatter("ScatterElements"),
	ScatterElements: scatter("ScatterElements"),
	ScatterND: scatter("ScatterND"),
	TensorScatter: (ctx) =>
		ctx.emit("WriteCache", ctx.inputs(), { axis: ctx.int("axis", -2), mode: ctx.text("mode", "linear") }),
	ReverseSequence: (ctx) =>
		ctx.emit("ReverseSequence", [ctx.input(0), ctx.input(1)], {
			axis: ctx.int("time_axis", 0),
			batchAxis: ctx.int("batch_axis", 1),
		}),
	OneHot(ctx) {
		ctx.outputType(ctx.type(2));
		ctx.channels("none");
		const whole = ctx.type(0).startsWith("float") ? ctx.emit("Cast", [ctx.input(0)], { dtype: "int32" }) : ctx.input(0);
		return ctx.emit("HotRows", [whole, ctx.input(1), ctx.input(2)], {
			axis: ctx.int("axis", -1),
			fromInputs: { depth: 1 },
		});
	},
	TopK(ctx) {
		ctx.outputType("int64", 1);
		const attrs = { axis: ctx.int("axis", -1), smallest: !ctx.flag("largest", true) };
		if (ctx.opset < 10) return ctx.emitAll("TopK", 2, [ctx.input(0)], { ...attrs, count: ctx.int("k") });
		return ctx.emitAll("TopK", 2, [ctx.input(0), ctx.input(1)], { ...attrs, fromInputs: { count: 1 } });
	},
	Compress(ctx) {
		const axis = ctx.hasAttribute("axis") && { axis: ctx.int("axis") };
		if (!axis) ctx.channels("none");
		return ctx.emit("Compress", [ctx.input(0), ctx.input(1)], { ...axis, fromInputs: { condition: 1 } });
	},
	NonZero(ctx) {
		ctx.outputType("int64");
		ctx.channels("none");
		return ctx.emit("NonZero", [ctx.input(0)]);
	},
	NonMaxSuppression: (ctx) =>
		ctx.unsupported(
			"NonMaxSuppression keeps a number of boxes that depends on their scores, but shapes must be known beforehand.",
			"Choose a unit before it: the scores or the boxes that it takes.",
		),
};
