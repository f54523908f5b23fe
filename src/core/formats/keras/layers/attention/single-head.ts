import type { ParamRef } from "../../../../graph/types";
import { type LayerContext, type LayerTranslator, TensorArgument, tensorsOf } from "../../translator";
import { refuseTraining } from "../config";
import { argumentOf, bothMasks, type Signature } from "./call";

const SIGNATURE: Signature = ["inputs", "mask", "training", "return_attention_scores", "use_causal_mask"];

/** How well a query and a key fit, before the softmax: [N, ..., queries, keys]. */
type Scores = (ctx: LayerContext, query: string, key: string) => string;

/** Sums over the last axis, each element times its weight. */
const weightedSum = (ctx: LayerContext, x: string, kernel: ParamRef) =>
	ctx.emit("EinsumDense", [x], { equation: "...d,d->..." }, { kernel });

/** Every element times one learned number. */
const scaledBy = (ctx: LayerContext, x: string, kernel: ParamRef) =>
	ctx.emit("EinsumDense", [x], { equation: "...,->..." }, { kernel });

/** Every query with every key added up: [N, ..., queries, keys, size]. */
function sums(ctx: LayerContext, query: string, key: string): string {
	const [columns, rows] = [
		ctx.emit("ExpandDims", [query], { axes: [-2] }),
		ctx.emit("ExpandDims", [key], { axes: [-3] }),
	];
	return ctx.emit("Add", [columns, rows]);
}

/** Luong et al. 2015: the product; or (`concat`) the sum of tanh of the sum, each with one learned factor. */
const luong: Scores = (ctx, query, key) => {
	const isConcat = ctx.config.score_mode === "concat";
	const names = [...(ctx.config.use_scale === true ? ["scale"] : []), ...(isConcat ? ["concat_score_weight"] : [])];
	const params: Record<string, ParamRef> = names.length === 0 ? {} : ctx.variables(names);
	const scaled = (x: string, factor: ParamRef | undefined) => (factor ? scaledBy(ctx, x, factor) : x);
	if (!isConcat) return scaled(ctx.emit("MatMul", [query, key], { transposeB: true }), params.scale);
	const squashed = ctx.emit("Tanh", [scaled(sums(ctx, query, key), params.scale)]);
	return scaled(ctx.emit("Sum", [squashed], { axes: [-1] }), params.concat_score_weight);
};

/** Bahdanau et al. 2015: the weighted sum of tanh of the sum. */
const bahdanau: Scores = (ctx, query, key) => {
	const squashed = ctx.emit("Tanh", [sums(ctx, query, key)]);
	if (ctx.config.use_scale === false) return ctx.emit("Sum", [squashed], { axes: [-1] });
	return weightedSum(ctx, squashed, ctx.variables(["scale"]).scale);
};

/** Masks of query and value: passed as a list, or carried along with the inputs. */
function masksOf(ctx: LayerContext, inputs: readonly string[]): (string | undefined)[] {
	const given = argumentOf(ctx, SIGNATURE, "mask");
	if (!Array.isArray(given)) return inputs.map((input) => ctx.mask(input));
	return given.map((mask) => (mask instanceof TensorArgument ? mask.value : undefined));
}

const attention = (className: string, scoresOf: Scores): LayerTranslator => ({
	classes: [className],
	translate(ctx) {
		refuseTraining(ctx);
		const inputs = tensorsOf(ctx.args[0]);
		const [query, value] = inputs;
		if (query === undefined || value === undefined)
			return ctx.unsupported(`${className} ${ctx.name} is called without a query or without a value.`);
		ctx.channels("last");
		const key = inputs[2] ?? value;
		const [queryMask, valueMask] = masksOf(ctx, inputs);
		const scores = scoresOf(ctx, query, key);
		// Keras 2 also kept it in the configuration.
		const causal = argumentOf(ctx, SIGNATURE, "use_causal_mask") === true || ctx.config.causal === true;
		const padding = valueMask === undefined ? undefined : ctx.emit("ExpandDims", [valueMask], { axes: [-2] });
		const band = causal ? ctx.emit("AttentionBand", [query, key], { causal }) : undefined;
		const mask = bothMasks(ctx, padding, band);
		const open = mask === undefined ? scores : ctx.emit("MaskedFill", [scores, mask], { value: -1e9, trailing: 2 });
		const weights = ctx.emit("Softmax", [open]);
		const context = ctx.emit("MatMul", [weights, value]);
		ctx.part("scores", weights, { type: "AttentionScores", inputs: [query, key], channels: "none", before: scores });
		const output = queryMask === undefined ? context : ctx.emit("MaskedFill", [context, queryMask], { value: 0 });
		ctx.setMask(output, queryMask);
		return argumentOf(ctx, SIGNATURE, "return_attention_scores") === true ? [output, weights] : output;
	},
});

export const singleHeadLayers: readonly LayerTranslator[] = [
	attention("Attention", luong),
	attention("AdditiveAttention", bahdanau),
];
