import type { LayerTranslator } from "../translator";

export const dense: LayerTranslator = {
	classes: ["Dense"],
	translate(ctx) {
		const input = ctx.inputs[0] as string;
		const names = ctx.config.use_bias === false ? (["kernel"] as const) : (["kernel", "bias"] as const);
		const params = ctx.variables(names);
		ctx.channels("last");
		ctx.filters(params.kernel, "IO");
		return ctx.activation(ctx.emit("Dense", [input], {}, params), ctx.config.activation);
	},
};
