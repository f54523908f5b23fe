import type { NodeContext, OperatorFamily } from "../../translator";
import { attend } from "./scaled";

/** Normalises a sum and gives the sum as the last of four outputs. */
function skipNormalization(ctx: NodeContext, names: { gamma: number; beta?: number; bias: number; op: string }) {
	let sum = ctx.emit("Add", [ctx.input(0), ctx.input(1)]);
	if (ctx.has(names.bias)) sum = ctx.emit("AddConstant", [sum], {}, { constant: ctx.param(names.bias) });
	const scale = names.op === "RMSNormalization" ? "scale" : "gamma";
	const params = {
		[scale]: ctx.param(names.gamma),
		...(names.beta !== undefined && ctx.has(names.beta) && { beta: ctx.param(names.beta) }),
	};
	const attrs = { axes: [-1], epsilon: ctx.float("epsilon", 1e-12) };
	ctx.channels("last");
	const normalised = ctx.emit(names.op, [sum], attrs, params);
	return [normalised, undefined, undefined, ctx.outputCount > 3 ? sum : undefined];
}

const geluTanh = (ctx: NodeContext, approximate: boolean) => {
	const x = ctx.has(1) ? ctx.emit("AddConstant", [ctx.input(0)], {}, { constant: ctx.param(1) }) : ctx.input(0);
	return ctx.emit("Gelu", [x], { approximate });
};

/**
 * Operators that ONNX Runtime puts in the place of parts of language models when it optimises them
 * (`onnxruntime.transformers`; docs/ContribOperators.md, 1.32). Domain `com.microsoft`.
 */
export const contributed: OperatorFamily = {
	"com.microsoft.SkipLayerNormalization": (ctx) =>
		skipNormalization(ctx, { gamma: 2, beta: 3, bias: 4, op: "LayerNormalization" }),
	"com.microsoft.SkipSimplifiedLayerNormalization": (ctx) =>
		skipNormalization(ctx, { gamma: 2, bias: 3, op: "RMSNormalization" }),
	SimplifiedLayerNormalization: (ctx) =>
		ctx.emit(
			"RMSNormalization",
			[ctx.input(0)],
			{ axes: [ctx.int("axis", -1)], epsilon: ctx.float("epsilon", 1e-5) },
			{ scale: ctx.param(1) },
		),
	"com.microsoft.FastGelu": (ctx) => geluTanh(ctx, true),
	"com.microsoft.Gelu": (ctx) => geluTanh(ctx, false),
	"com.microsoft.BiasGelu": (ctx) => geluTanh(ctx, false),
	"com.microsoft.QuickGelu": (ctx) => ctx.emit("Swish", [ctx.input(0)], { alpha: ctx.float("alpha", 1.702) }),
	"com.microsoft.FusedMatMul": (ctx) => {
		const product = ctx.emit("MatMul", [ctx.input(0), ctx.input(1)], {
			transposeA: ctx.flag("transA", false),
			transposeB: ctx.flag("transB", false),
		});
		return ctx.emit("MulConstant", [product], { constant: ctx.float("alpha", 1) });
	},
	/** Embeddings of words, places and segments, added and normalised. */
	"com.microsoft.EmbedLayerNormalization"(ctx) {
		const looked = (places: string, table: number) => ctx.emit("GatherAlong", [ctx.input(table), places], { axis: 0 });
		const places = ctx.has(8) ? ctx.input(8) : ctx.emit("PlacesLike", [ctx.input(0)]);
		let sum = ctx.emit("Add", [looked(ctx.input(0), 2), looked(places, 3)]);
		if (ctx.has(1) && ctx.has(4)) sum = ctx.emit("Add", [sum, looked(ctx.input(1), 4)]);
		ctx.channels("last");
		const attrs = { axes: [-1], epsilon: ctx.float("epsilon", 1e-12) };
		const normalised = ctx.emit("LayerNormalization", [sum], attrs, { gamma: ctx.param(5), beta: ctx.param(6) });
		const counts = ctx.emit("MaskCounts", [ctx.has(7) ? ctx.input(7) : ctx.input(0)], { hasMask: ctx.has(7) });
		ctx.outputType("int32", 1);
		return [normalised, counts, ...(ctx.outputCount > 2 ? [sum] : [])];
	},
	/** Self attention whose queries, keys and values are one product; keys and values of earlier steps come as one tensor. */
	"com.microsoft.Attention"(ctx) {
		const sizes = ctx.ints("qkv_hidden_sizes");
		if (sizes && new Set(sizes).size > 1)
			ctx.unsupported("Attention with projections of different sizes (qkv_hidden_sizes) is not computed.");
		if (ctx.has(5)) ctx.unsupported("Attention with a bias of positions (attention_bias) is not computed.");
		if (ctx.flag("do_rotary", false)) ctx.unsupported("Attention with rotary embedding inside is not computed.");
		const heads = ctx.int("num_heads");
		const params = { kernel: ctx.param(1), ...(ctx.has(2) && { bias: ctx.param(2) }) };
		const projected = ctx.emit("Dense", [ctx.input(0)], {}, params);
		const parts = ctx.emitAll("Split", 3, [projected], { axis: 2, sections: 3 });
		const [query, fresh, given] = parts.map((part) => ctx.emit("SplitHeads", [part], { heads })) as [
			string,
			string,
			string,
		];
		const past = (which: 0 | 1) => ctx.emit("TakeConstant", [ctx.input(4)], { indices: [which], axis: 0 });
		const before = (which: 0 | 1) => ctx.emit("SqueezeAxes", [past(which)], { axes: [0] });
		const joined = (which: 0 | 1, now: string) =>
			ctx.has(4) ? ctx.emit("JoinAlong", [before(which), now], { axis: 2 }) : now;
		const [key, value] = [joined(0, fresh), joined(1, given)];
		const causal = ctx.flag("unidirectional", false);
		const steps = ctx.has(4) ? [ctx.emit("ShapeOf", [ctx.input(4)], { start: 3, end: 4 })] : [];
		const mask = ctx.has(3) ? [ctx.emit("MaskOfKeys", [ctx.input(3), key])] : [];
		const allowed =
			causal || ctx.has(3)
				? ctx.emit("AllowedKeys", [query, key, ...mask, ...steps], {
						causal,
						hasMask: ctx.has(3),
						...(ctx.has(4) && { hasPast: true }),
					})
				: undefined;
		const scale = ctx.float("scale", 0);
		const made = attend(
			ctx,
			{ query, key, value },
			{
				...(scale !== 0 && { scale }),
				...(allowed !== undefined && { allowed }),
			},
		);
		ctx.channels("last");
		const context = ctx.emit("JoinHeads", [made.context]);
		if (ctx.outputCount < 2) return context;
		const pair = [key, value].map((part) => ctx.emit("ExpandDims", [part], { axes: [0] }));
		return [context, ctx.emit("Concat", pair, { axis: 0 })];
	},
};
