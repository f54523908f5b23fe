import type { NodeContext, OperatorFamily } from "../../translator";

/** Projections by head, [N, heads, T, size]. */
export interface Projections {
	readonly query: string;
	readonly key: string;
	readonly value: string;
}

export interface AttentionForm {
	/** Factor of the scores; one over the root of the size when absent. */
	readonly scale?: number;
	/** Bool, which keys are looked at; all when absent. */
	readonly allowed?: string;
	/** Added to the scores. */
	readonly bias?: string;
	readonly softcap?: number;
}

export interface AttentionValues {
	/** [N, heads, T, S]: products, those capped, and with the bias; the weights. */
	readonly scores: string;
	readonly capped: string;
	readonly biased: string;
	readonly weights: string;
	/** [N, heads, T, size] */
	readonly context: string;
}

/** Lowest float32: a score of it has the weight 0 beside any other. */
const LOWEST = -3.4028234663852886e38;

/**
 * Scaled dot product attention (Vaswani et al. 2017) in parts that have rules: products, softmax, products. Several
 * queries may share keys. A query that may look at nothing gives 0.
 */
export function attend(ctx: NodeContext, { query, key, value }: Projections, form: AttentionForm): AttentionValues {
	const shared = (x: string) => ctx.emit("RepeatHeads", [x, query]);
	const [keys, values] = [shared(key), shared(value)];
	const scores = ctx.emit("ScaledProducts", [query, keys], { ...(form.scale !== undefined && { scale: form.scale }) });
	let capped = scores;
	if (form.softcap) {
		const ratio = ctx.emit("DivConstant", [scores], { constant: form.softcap });
		capped = ctx.emit("MulConstant", [ctx.emit("Tanh", [ratio])], { constant: form.softcap });
	}
	const biased = form.bias === undefined ? capped : ctx.emit("Add", [capped, form.bias]);
	const open = (x: string, closed: number) =>
		form.allowed === undefined ? x : ctx.emit("WhereAllowed", [x, form.allowed], { value: closed });
	const weights = open(ctx.emit("Softmax", [open(biased, LOWEST)], { axes: [-1] }), 0);
	return { scores, capped, biased, weights, context: ctx.emit("MatMul", [weights, values]) };
}

/** Queries, keys and values of three axes hold the heads side by side. */
function projections(ctx: NodeContext, isPacked: boolean): Projections {
	const heads = (index: number, name: string) =>
		isPacked ? ctx.emit("SplitHeads", [ctx.input(index)], { heads: ctx.int(name) }) : ctx.input(index);
	const cached = (fresh: string, past: number) =>
		ctx.has(past) ? ctx.emit("JoinAlong", [ctx.input(past), fresh], { axis: 2 }) : fresh;
	return {
		query: heads(0, "q_num_heads"),
		key: cached(heads(1, "kv_num_heads"), 4),
		value: cached(heads(2, "kv_num_heads"), 5),
	};
}

function allowedKeys(ctx: NodeContext, { query, key }: Projections): string | undefined {
	const attrs = {
		causal: ctx.flag("is_causal", false),
		left: ctx.int("left_window_size", -1),
		right: ctx.int("right_window_size", -1),
		hasMask: ctx.has(3),
		hasCounts: ctx.has(6),
	};
	const restricts = attrs.causal || attrs.left >= 0 || attrs.right >= 0 || attrs.hasMask || attrs.hasCounts;
	if (!restricts) return undefined;
	const more = [...(ctx.has(3) ? [ctx.input(3)] : []), ...(ctx.has(6) ? [ctx.input(6)] : [])];
	if (!ctx.has(4)) return ctx.emit("AllowedKeys", [query, key, ...more], attrs);
	const past = ctx.emit("ShapeOf", [ctx.input(4)], { start: 2, end: 3 });
	return ctx.emit("AllowedKeys", [query, key, ...more, past], { ...attrs, hasPast: true });
}

export const scaledAttention: OperatorFamily = {
	Attention(ctx) {
		const isPacked = ctx.rank(0) === undefined ? ctx.hasAttribute("q_num_heads") : ctx.rank(0) === 3;
		const parts = projections(ctx, isPacked);
		const isAdded = ctx.has(3) && ctx.type(3) !== "bool";
		const allowed = allowedKeys(ctx, parts);
		const softcap = ctx.float("softcap", 0);
		const made = attend(ctx, parts, {
			...(ctx.hasAttribute("scale") && { scale: ctx.float("scale") }),
			...(allowed !== undefined && { allowed }),
			...(isAdded && { bias: ctx.emit("MaskBias", [ctx.input(3), parts.key]) }),
			...(softcap !== 0 && { softcap }),
		});
		ctx.channels("last");
		const closed = (x: string) =>
			allowed === undefined ? x : ctx.emit("WhereAllowed", [x, allowed], { value: Number.NEGATIVE_INFINITY });
		const shown = [() => made.scores, () => made.capped, () => closed(made.biased), () => made.weights][
			ctx.int("qk_matmul_output_mode", 0)
		];
		const given = (value: string) => ctx.emit("Identity", [value]);
		return [
			isPacked ? ctx.emit("JoinHeads", [made.context]) : made.context,
			...(ctx.outputCount > 1 ? [given(parts.key)] : []),
			...(ctx.outputCount > 2 ? [given(parts.value)] : []),
			...(ctx.outputCount > 3 && shown ? [given(shown())] : []),
		];
	},
};
