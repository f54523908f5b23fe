import type { LayerTranslator } from "../translator";
import { keepMask, kernelParams, mainInput } from "./config";

export const denseLayers: readonly LayerTranslator[] = [
	{
		classes: ["Dense", "TimeDistributedDense"],
		translate(ctx) {
			const input = mainInput(ctx);
			const { params, attrs } = kernelParams(ctx, ["kernel"]);
			ctx.channels("last");
			if (params.kernel) ctx.filters(params.kernel, "IO");
			return keepMask(ctx, input, ctx.activation(ctx.emit("Dense", [input], attrs, params), ctx.config.activation));
		},
	},
	{
		classes: ["EinsumDense"],
		translate(ctx) {
			const input = mainInput(ctx);
			const biased = ctx.config.bias_axes != null && ctx.config.bias_axes !== "";
			const { params, attrs } = kernelParams(ctx, ["kernel"], biased);
			ctx.channels("last");
			const made = ctx.emit("EinsumDense", [input], { ...attrs, equation: ctx.config.equation }, params);
			return ctx.activation(made, ctx.config.activation);
		},
	},
];
