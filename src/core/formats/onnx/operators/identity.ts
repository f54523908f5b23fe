import type { NodeContext, OperatorFamily } from "../translator";

const passOn = (ctx: NodeContext) => ctx.emit("Identity", [ctx.input(0)]);

/** Operators that hand their input on when a model is used and not trained. */
export const identities: OperatorFamily = {
	Identity: passOn,
	/** The mask that says which elements were kept: all of them. */
	Dropout(ctx) {
		const mask = ctx.outputCount > 1 ? ctx.emit("FullLike", [ctx.input(0)], { value: 1 }) : undefined;
		if (ctx.has(2) && ctx.constant(2)?.data[0] !== 0)
			ctx.unsupported("Dropout that drops elements (training_mode) is not computed.");
		ctx.outputType("bool", 1);
		return [passOn(ctx), ...(mask === undefined ? [] : [ctx.emit("Cast", [mask], { dtype: "bool" })])];
	},
	Constant(ctx) {
		const tensor = ctx.tensor("value") ?? ctx.tensor("sparse_value");
		if (tensor) {
			ctx.constantOutput({ ...tensor, name: "" });
			return undefined;
		}
		if (ctx.hasAttribute("value_float")) return ctx.number(ctx.float("value_float"));
		const [floats, ints] = [ctx.floats("value_floats"), ctx.ints("value_ints")];
		if (floats) return ctx.numbers(floats, [floats.length]);
		ctx.outputType("int64");
		if (ctx.hasAttribute("value_int")) return ctx.number(ctx.int("value_int"), "int32");
		if (ints) return ctx.numbers(ints, [ints.length], "int32");
		return ctx.unsupported("A constant of text is not computed.");
	},
};
