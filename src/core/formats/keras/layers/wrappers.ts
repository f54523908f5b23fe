import type { LayerTranslator } from "../translator";
import { TensorArgument } from "../translator";
import { keepMask, mainInput } from "./config";

/** The inner layer sees every step as an example of its own: steps are folded into the batch and unfolded after it. */
const timeDistributed: LayerTranslator = {
	classes: ["TimeDistributed"],
	translate(ctx) {
		const input = mainInput(ctx);
		const inner = ctx.sub("layer", ctx.config.layer);
		const folded = ctx.emit("FoldSteps", [input]);
		const [made, ...more] = inner.call([new TensorArgument(folded)]);
		if (made === undefined || more.length > 0)
			return ctx.unsupported(`TimeDistributed ${ctx.name} wraps a layer with several outputs, which is not computed.`);
		return keepMask(ctx, input, ctx.emit("UnfoldSteps", [made, input]));
	},
};

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
