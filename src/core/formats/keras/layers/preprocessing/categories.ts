import type { LayerContext, LayerTranslator } from "../../translator";
import { tensorsOf } from "../../translator";
import { list, mainInput, real } from "../config";

/** `binary` is what TensorFlow 2.3 called `multi_hot`. */
const modeOf = (ctx: LayerContext, fallback: string) =>
	ctx.config.output_mode === "binary" ? "multi_hot" : (ctx.config.output_mode ?? fallback);

const categoryEncoding: LayerTranslator = {
	classes: ["CategoryEncoding"],
	translate(ctx) {
		ctx.channels("last");
		const weights = tensorsOf(ctx.kwargs.count_weights ?? ctx.args[1]);
		return ctx.emit("EncodeCategories", [mainInput(ctx), ...weights], {
			mode: modeOf(ctx, "multi_hot"),
			depth: real(ctx.config.num_tokens ?? ctx.config.max_tokens, 0),
		});
	},
};

const discretization: LayerTranslator = {
	classes: ["Discretization"],
	translate(ctx) {
		const boundaries = list(ctx.config.bin_boundaries ?? ctx.config.bins);
		if (boundaries.length === 0)
			ctx.unsupported(
				`Discretization ${ctx.name} has no bin boundaries in its configuration.`,
				"Save the model after adapt().",
			);
		const bins = ctx.emit("Discretize", [mainInput(ctx)], { boundaries });
		const mode = modeOf(ctx, "int");
		return mode === "int" ? bins : ctx.emit("EncodeCategories", [bins], { mode, depth: boundaries.length + 1 });
	},
};

const integerLookup: LayerTranslator = {
	classes: ["IntegerLookup"],
	translate(ctx) {
		const { config } = ctx;
		const asked = modeOf(ctx, "int");
		if (asked === "tf_idf") ctx.unsupported(`IntegerLookup ${ctx.name} weighs by TF-IDF, which is not computed.`);
		const vocabulary = list(config.vocabulary);
		if (vocabulary.length === 0) ctx.unsupported(`IntegerLookup ${ctx.name} has no vocabulary in its configuration.`);
		const unknownCount = real(config.num_oov_indices, 1);
		if (unknownCount > 1 && config.oov_method !== undefined && config.oov_method !== "floormod")
			ctx.unsupported(
				`IntegerLookup ${ctx.name} spreads unknown numbers by ${config.oov_method}, which is not computed.`,
			);
		const mask = config.mask_token == null ? undefined : real(config.mask_token, 0);
		const unknownStart = mask !== undefined && asked === "int" ? 1 : 0;
		const invert = config.invert === true;
		const numbers = ctx.emit("LookUp", [mainInput(ctx)], {
			vocabulary,
			start: unknownStart + unknownCount,
			invert,
			...(invert
				? {
						unknown: "default",
						unknownStart: real(config.oov_token, -1),
						...(mask !== undefined && { mask: 0, maskValue: mask }),
					}
				: {
						unknown: unknownCount > 1 ? "modulo" : "default",
						unknownStart: unknownCount === 0 ? -1 : unknownStart,
						unknownCount,
						mask,
						// A number that no vector has an entry for.
						maskValue: asked === "int" ? 0 : -1,
					}),
		});
		if (asked === "int") return numbers;
		ctx.channels("last");
		const size = vocabulary.length + unknownCount;
		const depth = config.pad_to_max_tokens === true ? real(config.max_tokens, size) : size;
		return ctx.emit("EncodeCategories", [numbers], { mode: asked, depth });
	},
};

export const categoryLayers: readonly LayerTranslator[] = [categoryEncoding, discretization, integerLookup];
