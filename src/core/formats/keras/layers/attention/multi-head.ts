import type { LayerConfig, LayerContext, LayerTranslator } from "../../translator";
import { list, real, refuseQuantized, refuseTraining } from "../config";
import { argumentOf, bothMasks, type Signature, tensorOf } from "./call";

const KERAS_2: Signature = [
	"query",
	"value",
	"key",
	"attention_mask",
	"return_attention_scores",
	"training",
	"use_causal_mask",
];
const KERAS_3: Signature = [
	"query",
	"value",
	"key",
	"query_mask",
	"value_mask",
	"key_mask",
	"attention_mask",
	"return_attention_scores",
	"training",
	"use_causal_mask",
];

/** What one call of an attention layer is about, whatever its class. */
interface Attention {
	readonly ctx: LayerContext;
	readonly signature: Signature;
	readonly query: string;
	readonly value: string;
	readonly key: string;
	/** Axes of the query along which is attended, batch included. */
	readonly axes: readonly number[];
	/** Size of a head: products are divided by its root. */
	readonly size: number;
	/** Attribute that holds an inner dense layer, by the layer's name in .h5 files. */
	attribute(name: string): string;
}

function attentionOf(ctx: LayerContext, config: Pick<Attention, "axes" | "size" | "attribute">): Attention {
	refuseTraining(ctx);
	refuseQuantized(ctx);
	const signature = ctx.dialect === "keras-3" ? KERAS_3 : KERAS_2;
	const [query, value] = [tensorOf(ctx, signature, "query"), tensorOf(ctx, signature, "value")];
	if (query === undefined || value === undefined)
		return ctx.unsupported(`${ctx.className} ${ctx.name} is called without a query or without a value.`);
	ctx.channels("last");
	return { ctx, signature, query, value, key: tensorOf(ctx, signature, "key") ?? value, ...config };
}

/** One of the dense layers inside, and the part that it makes. */
function dense(
	{ ctx, attribute }: Attention,
	name: string,
	input: string,
	equation: string,
	activation?: string,
): string {
	const names = ["kernel", ...(ctx.config.use_bias === false ? [] : ["bias"])];
	const params = ctx.sub(attribute(name), undefined, name).variables(names);
	const made = ctx.emit("EinsumDense", [input], { equation }, params);
	return activation === undefined ? made : ctx.emit(activation, [made]);
}

const PROJECTION = "...c,chd->...hd";

/** Queries, keys, values of every head: [N, ..., heads, size]. */
function projected(attention: Attention, name: string, input: string, activation?: string): string {
	const made = dense(attention, name, input, PROJECTION, activation);
	const type = `Attention${name.charAt(0).toUpperCase()}${name.slice(1)}`;
	attention.ctx.part(name, made, { type, inputs: [input], channels: -2 });
	return made;
}

/** Every mask that the layer knows, joined: which keys a query may look at, bool [N or 1, queries, keys]. */
function maskOf({ ctx, signature, query, value, key }: Attention, queryMask: string | undefined): string | undefined {
	const given = (name: string, owner: string) =>
		(ctx.dialect === "keras-3" ? tensorOf(ctx, signature, name) : undefined) ?? ctx.mask(owner);
	const row = (mask: string | undefined) =>
		mask === undefined ? undefined : ctx.emit("ExpandDims", [mask], { axes: [-2] });
	const column = queryMask === undefined ? undefined : ctx.emit("ExpandDims", [queryMask], { axes: [-1] });
	const valueMask = given("value_mask", value);
	const keyMask = key === value ? undefined : given("key_mask", key);
	const padding = bothMasks(ctx, bothMasks(ctx, column, row(valueMask)), row(keyMask));
	const causal = argumentOf(ctx, signature, "use_causal_mask") === true;
	const window = ctx.config.sliding_window == null ? undefined : real(ctx.config.sliding_window, 1);
	const band =
		causal || window !== undefined
			? ctx.emit("AttentionBand", [query, value], { causal, ...(window !== undefined && { window }) })
			: undefined;
	const explicit = tensorOf(ctx, signature, "attention_mask");
	const asked = explicit === undefined ? undefined : ctx.emit("Cast", [explicit], { dtype: "bool" });
	return bothMasks(ctx, asked, bothMasks(ctx, padding, band));
}

/**
 * Softmax of the scores over the keys that a query may look at. A query without any looks at all of them evenly, but at
 * none where Keras 3 goes the long way: with dropout, with scores that are asked for, and along several axes (where the
 * scores have more than four).
 */
function weightsOf({ ctx, signature, axes }: Attention, scores: string, mask: string | undefined): string {
	const softmax = (x: string) => ctx.emit("Softmax", [x], { axes: axes.map((_, index) => index - axes.length) });
	if (mask === undefined) return softmax(scores);
	const trailing = 2 * axes.length;
	const weights = softmax(ctx.emit("MaskedFill", [scores, mask], { value: -1e9, trailing }));
	if (ctx.dialect !== "keras-3") return weights;
	const isLong = real(ctx.config.dropout, 0) > 0 || argumentOf(ctx, signature, "return_attention_scores") === true;
	return ctx.emit("MaskedFill", [weights, mask], { value: 0, trailing, fromRank: isLong ? 0 : 5 });
}

/** Vaswani et al. 2017: all that comes behind the projections. */
function attend(
	attention: Attention,
	projections: { query: string; key: string; value: string },
	queryMask: string | undefined,
	output: string,
): string[] {
	const { ctx, axes, size, signature } = attention;
	const scaled = ctx.emit("MulConstant", [projections.query], { constant: 1 / Math.sqrt(size) });
	const scores = ctx.emit("AttentionScores", [scaled, projections.key], { axes });
	const weights = weightsOf(attention, scores, maskOf(attention, queryMask));
	const context = ctx.emit("AttentionContext", [weights, projections.value], { axes });
	const { query, key, value } = projections;
	ctx.part("scores", weights, {
		type: "AttentionScores",
		inputs: [query, key],
		channels: -(2 * axes.length + 1),
		before: scores,
	});
	ctx.part("heads", context, { type: "AttentionHeads", inputs: [weights, value], channels: -2 });
	const gated =
		ctx.config.use_gate === true
			? ctx.emit("Mul", [context, projected(attention, "gate", attention.query, "Sigmoid")])
			: context;
	const made = dense(attention, "attention_output", gated, output);
	return argumentOf(ctx, signature, "return_attention_scores") === true ? [made, weights] : [made];
}

/** How many axes the output has in place of the features: those of `output_shape`. */
function outputEquation(config: LayerConfig): string {
	const made = "opqrst".slice(0, Math.max(1, list(config.output_shape).length));
	return `...hd,hd${made}->...${made}`;
}

const multiHeadAttention: LayerTranslator = {
	classes: ["MultiHeadAttention"],
	translate(ctx) {
		const attention = attentionOf(ctx, {
			axes: list(ctx.config.attention_axes, [1]),
			size: real(ctx.config.key_dim, 1),
			attribute: (name) => `${name === "attention_output" ? "output" : name}_dense`,
		});
		const { query, key, value } = attention;
		const queryMask = ctx.mask(query);
		const projections = {
			query: projected(attention, "query", query),
			key: projected(attention, "key", key),
			value: projected(attention, "value", value),
		};
		const outputs = attend(attention, projections, queryMask, outputEquation(ctx.config));
		// Keras 3 takes the masks off the tensors that this layer is called with.
		if (ctx.dialect === "keras-3") for (const taken of [query, key, value]) ctx.setMask(taken, undefined);
		ctx.setMask(outputs[0] as string, queryMask);
		return outputs;
	},
};

/** Ainslie et al. 2023: several heads of queries share the keys and values of one. */
const groupedQueryAttention: LayerTranslator = {
	classes: ["GroupQueryAttention", "GroupedQueryAttention"],
	translate(ctx) {
		const times = real(ctx.config.num_query_heads, 1) / real(ctx.config.num_key_value_heads, 1);
		if (!Number.isInteger(times))
			return ctx.unsupported(`${ctx.className} ${ctx.name} has heads that do not divide into groups.`);
		const attention = attentionOf(ctx, {
			axes: [1],
			size: real(ctx.config.head_dim, 1),
			attribute: (name) => `${name === "attention_output" ? "output" : name}_dense`,
		});
		const { signature, query, key, value } = attention;
		const shared = (x: string) => (times === 1 ? x : ctx.emit("Repeat", [x], { axis: 2, times }));
		const projections = {
			query: projected(attention, "query", query),
			key: shared(projected(attention, "key", key)),
			value: shared(projected(attention, "value", value)),
		};
		const queryMask = tensorOf(ctx, signature, "query_mask") ?? ctx.mask(query);
		const outputs = attend(attention, projections, queryMask, "...hd,hdo->...o");
		ctx.setMask(outputs[0] as string, ctx.mask(query));
		return outputs;
	},
};

export const multiHeadLayers: readonly LayerTranslator[] = [multiHeadAttention, groupedQueryAttention];
