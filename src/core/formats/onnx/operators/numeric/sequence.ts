import type { OperatorFamily } from "../../translator";

/** Rules of LinearAttention: which of decay and delta rule they take. */
const UPDATES: Readonly<Record<string, { decays: boolean; corrects: boolean }>> = {
	linear: { decays: false, corrects: false },
	gated: { decays: true, corrects: false },
	delta: { decays: false, corrects: true },
	gated_delta: { decays: true, corrects: true },
};

export const sequences: OperatorFamily = {
	RotaryEmbedding: (ctx) =>
		ctx.emit(
			"RotaryEmbedding",
			[ctx.input(0), ...(ctx.has(3) ? [ctx.input(3)] : [])],
			{
				heads: ctx.int("num_heads", 0),
				size: ctx.int("rotary_embedding_dim", 0),
				interleaved: ctx.flag("interleaved", false),
			},
			{ cos: ctx.param(1), sin: ctx.param(2) },
		),
	LinearAttention(ctx) {
		const update = UPDATES[ctx.text("update_rule", "gated_delta")];
		if (!update) return ctx.unsupported(`LinearAttention by the rule "${ctx.text("update_rule")}" is not computed.`);
		if (update.decays !== ctx.has(4) || update.corrects !== ctx.has(5))
			return ctx.unsupported(
				`LinearAttention by the rule "${ctx.text("update_rule", "gated_delta")}" needs ${update.decays ? "a" : "no"} decay and ${update.corrects ? "a" : "no"} beta.`,
			);
		return ctx.emitAll("LinearAttention", 2, ctx.inputs(), {
			heads: ctx.int("q_num_heads"),
			keyHeads: ctx.int("kv_num_heads"),
			scale: ctx.float("scale", 0),
			hasState: ctx.has(3),
			hasDecay: ctx.has(4),
			hasRate: ctx.has(5),
		});
	},
	/** The steps before the first come from the call before, or are zeros. */
	CausalConvWithState(ctx) {
		const [x, kernel] = [ctx.input(0), ctx.input(1)];
		const longer = ctx.has(3)
			? ctx.emit("JoinAlong", [ctx.input(3), x], { axis: 2 })
			: ctx.emit("ZerosBefore", [x, kernel]);
		const convolved = ctx.emit(
			"SequenceConvolution",
			[longer],
			{},
			{
				kernel: ctx.param(1),
				...(ctx.has(2) && { bias: ctx.param(2) }),
			},
		);
		const activation = ctx.text("activation", "none");
		const y = activation === "none" ? convolved : ctx.emit("Silu", [convolved]);
		return [y, ...(ctx.outputCount > 1 ? [ctx.emit("LastSteps", [longer, kernel])] : [])];
	},
	"ai.onnx.preview.FlexAttention"(ctx) {
		const scale = ctx.hasAttribute("scale") && { scale: ctx.float("scale") };
		const shared = (index: number) => ctx.emit("RepeatHeads", [ctx.input(index), ctx.input(0)]);
		const modified = (name: string, value: string) =>
			ctx.hasAttribute(name) ? (ctx.inline(ctx.graph(name), [value])[0] as string) : value;
		const scores = modified("score_mod", ctx.emit("ScaledProducts", [ctx.input(0), shared(1)], { ...scale }));
		const weights = modified("prob_mod", ctx.emit("Softmax", [scores], { axes: [-1] }));
		return ctx.emit("MatMul", [weights, shared(2)]);
	},
};
