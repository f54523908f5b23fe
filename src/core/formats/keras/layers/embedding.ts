import type { ParamRef } from "../../../graph/types";
import type { LayerContext, LayerTranslator } from "../translator";
import { mainInput, real, refuseQuantized } from "./config";

/** Category 0 is padding: its steps are masked. */
function maskZeros(ctx: LayerContext, input: string, output: string): string {
	if (ctx.config.mask_zero === true) ctx.setMask(output, ctx.emit("NotEqualConstant", [input], { constant: 0 }));
	return output;
}

const embedding: LayerTranslator = {
	classes: ["Embedding"],
	translate(ctx) {
		refuseQuantized(ctx);
		ctx.channels("last");
		const input = mainInput(ctx);
		const rank = real(ctx.config.lora_rank, 0);
		if (rank === 0 || ctx.variableCount < 3)
			return maskZeros(ctx, input, ctx.emit("Embedding", [input], {}, ctx.variables(["embeddings"])));
		const {
			embeddings,
			lora_embeddings_a: loraA,
			lora_embeddings_b: loraB,
		} = ctx.variables(["embeddings", "lora_embeddings_a", "lora_embeddings_b"]);
		const attrs = { loraScale: real(ctx.config.lora_alpha, rank) / rank };
		return maskZeros(ctx, input, ctx.emit("Embedding", [input], attrs, { embeddings, loraA, loraB }));
	},
};

/** Called with `reverse=True` it turns vectors into logits, by the same table or by one of their own. */
const reversibleEmbedding: LayerTranslator = {
	classes: ["ReversibleEmbedding"],
	translate(ctx) {
		refuseQuantized(ctx);
		ctx.channels("last");
		const input = mainInput(ctx);
		const tied = ctx.config.tie_weights !== false;
		const names = tied ? ["embeddings"] : ["embeddings", "reverse_embeddings"];
		const { embeddings, reverse_embeddings: kernel } = ctx.variables(names) as Record<string, ParamRef>;
		if (ctx.kwargs.reverse !== true && ctx.args[1] !== true)
			return maskZeros(ctx, input, ctx.emit("Embedding", [input], {}, { embeddings: embeddings as ParamRef }));
		const params = { ...(kernel ? { kernel } : { embeddings: embeddings as ParamRef }) };
		const logits = ctx.emit("ReverseEmbedding", [input], {}, params);
		const cap = ctx.config.logit_soft_cap;
		if (cap == null) return logits;
		const share = ctx.emit("DivConstant", [logits], { constant: real(cap, 1) });
		return ctx.emit("MulConstant", [ctx.emit("Tanh", [share])], { constant: real(cap, 1) });
	},
};

/** Steps whose features all equal `mask_value` become 0 and are left out by layers that heed masks. */
const masking: LayerTranslator = {
	classes: ["Masking"],
	translate(ctx) {
		const input = mainInput(ctx);
		const differs = ctx.emit("NotEqualConstant", [input], { constant: real(ctx.config.mask_value, 0) });
		const mask = ctx.emit("Any", [differs], { axes: [-1] });
		const output = ctx.emit("MaskedFill", [input, mask], { value: 0 });
		ctx.setMask(output, mask);
		return output;
	},
};

export const embeddingLayers: readonly LayerTranslator[] = [embedding, reversibleEmbedding, masking];
