import { type LayerContext, type LayerTranslator, TensorArgument } from "../translator";
import { mainInput, maskOf } from "./config";

/**
 * The inner layer sees every step as an example of its own: steps are folded into the batch and unfolded after it, and so
 * is the mask. What comes out keeps the mask that came in (Keras 3), or has that of the inner layer's output, else the
 * mask of the steps: those of which anything counts (Keras 2).
 */
const timeDistributed: LayerTranslator = {
	classes: ["TimeDistributed"],
	translate(ctx) {
		const input = mainInput(ctx);
		const inner = ctx.sub("layer", ctx.config.layer);
		const mask = maskOf(ctx, input);
		const folded = ctx.emit("FoldSteps", [input]);
		if (mask !== undefined) ctx.setMask(folded, ctx.emit("FoldSteps", [mask]));
		const [made, ...more] = inner.call([new TensorArgument(folded)]);
		if (made === undefined || more.length > 0)
			return ctx.unsupported(`TimeDistributed ${ctx.name} wraps a layer with several outputs, which is not computed.`);
		const output = ctx.emit("UnfoldSteps", [made, input]);
		ctx.setMask(output, ctx.dialect === "keras-3" ? mask : stepMask(ctx, input, mask, ctx.mask(made)));
		return output;
	},
};

function stepMask(ctx: LayerContext, input: string, mask: string | undefined, made: string | undefined) {
	if (made !== undefined) return ctx.emit("UnfoldSteps", [made, input]);
	return mask === undefined ? undefined : ctx.emit("AnyOfStep", [mask]);
}

/** At inference the stored kernel is the normalised one. */
const spectralNormalization: LayerTranslator = {
	classes: ["SpectralNormalization"],
	translate(ctx) {
		const input = mainInput(ctx);
		const inner = ctx.sub("layer", ctx.config.layer);
		const outputs = inner.call([new TensorArgument(input)]);
		// Keras casts the result to the type of the input: an embedding of integers is cut to integers.
		return inner.className === "Embedding" && ctx.dialect === "keras-3"
			? outputs.map((output) => ctx.emit("CastLike", [output, input]))
			: outputs;
	},
};

export const wrapperLayers: readonly LayerTranslator[] = [timeDistributed, spectralNormalization];
