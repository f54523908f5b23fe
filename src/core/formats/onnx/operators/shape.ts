import type { OperatorFamily } from "../translator";

/** Axes that are an attribute up to opset 12, an input since. */
const withAxes =
	(op: string): OperatorFamily[string] =>
	(ctx) => {
		const axes = ctx.ints("axes");
		ctx.channels("none");
		return ctx.emit(op, [ctx.input(0), ...(ctx.has(1) ? [ctx.input(1)] : [])], { ...(axes && { axes }) });
	};

export const shapes: OperatorFamily = {
	Shape(ctx) {
		ctx.outputType("int64");
		ctx.channels("none");
		const end = ctx.hasAttribute("end") && { end: ctx.int("end") };
		return ctx.emit("ShapeOf", [ctx.input(0)], { start: ctx.int("start", 0), ...end });
	},
	Size(ctx) {
		ctx.outputType("int64");
		return ctx.emit("SizeOf", [ctx.input(0)]);
	},
	Reshape(ctx) {
		ctx.channels("last");
		const fixed = ctx.ints("shape");
		const shape = fixed ? ctx.numbers(fixed, [fixed.length], "int32") : ctx.input(1);
		return ctx.emit("ReshapeTo", [ctx.input(0), shape], { allowZero: ctx.flag("allowzero", false) });
	},
	Flatten(ctx) {
		ctx.channels("last");
		return ctx.emit("FlattenAt", [ctx.input(0)], { axis: ctx.int("axis", 1) });
	},
	Squeeze: withAxes("SqueezeAxes"),
	Unsqueeze: withAxes("UnsqueezeAxes"),
	Transpose(ctx) {
		const permutation = ctx.ints("perm");
		ctx.channels("none");
		return ctx.emit("Permute", [ctx.input(0)], { ...(permutation && { permutation }) });
	},
	Expand: (ctx) => ctx.emit("ExpandTo", [ctx.input(0), ctx.input(1)]),
	ConstantOfShape(ctx) {
		const value = ctx.tensor("value");
		const read = value?.read();
		ctx.outputType(value?.dtype ?? "float32");
		return ctx.emit("FilledOf", [ctx.input(0)], { value: read?.data[0] ?? 0, dtype: read?.dtype ?? "float32" });
	},
	Concat(ctx) {
		return ctx.emit("JoinAlong", ctx.inputs(), { axis: ctx.int("axis", 1) });
	},
};
