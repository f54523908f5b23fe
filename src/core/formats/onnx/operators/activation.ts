import type { Attr } from "../../../graph/types";
import type { NodeContext, OperatorFamily, OperatorTranslator } from "../translator";

const plain =
	(op: string, attrs: (ctx: NodeContext) => Record<string, Attr> = () => ({})): OperatorTranslator =>
	(ctx) =>
		ctx.emit(op, [ctx.input(0)], attrs(ctx));

/** Up to opset 12 a softmax was over all axes from `axis` on, seen as one. */
const softmax =
	(op: string): OperatorTranslator =>
	(ctx) => {
		if (ctx.opset >= 13)
			return ctx.emit(op, [ctx.input(0)], { axes: [ctx.int("axis", -1)], axis: ctx.int("axis", -1) });
		return ctx.emit(op, [ctx.input(0)], { from: ctx.int("axis", 1) });
	};

export const activations: OperatorFamily = {
	Relu: plain("Relu"),
	LeakyRelu: plain("LeakyRelu", (ctx) => ({ alpha: ctx.float("alpha", 0.01) })),
	Elu: plain("Elu", (ctx) => ({ alpha: ctx.float("alpha", 1) })),
	Celu: plain("Celu", (ctx) => ({ alpha: ctx.float("alpha", 1) })),
	Sigmoid: plain("Sigmoid"),
	Tanh: plain("Tanh"),
	Softplus: plain("Softplus"),
	Softsign: plain("Softsign"),
	ThresholdedRelu: plain("ThresholdedRelu", (ctx) => ({ theta: ctx.float("alpha", 1) })),
	HardSwish: plain("HardSwish"),
	Mish: plain("Mish"),
	Gelu: plain("Gelu", (ctx) => ({ approximate: ctx.text("approximate", "none") === "tanh" })),
	PRelu(ctx) {
		if (ctx.isFixed(1)) return ctx.emit("Prelu", [ctx.input(0)], {}, { alpha: ctx.param(1) });
		const negative = ctx.emit("Mul", [ctx.input(1), ctx.emit("Minimum", [ctx.input(0), ctx.number(0)])]);
		return ctx.emit("Add", [ctx.emit("Maximum", [ctx.input(0), ctx.number(0)]), negative]);
	},
	Selu: plain("SeluOf", (ctx) => ({
		alpha: ctx.float("alpha", 1.6732631921768188),
		gamma: ctx.float("gamma", 1.0507010221481323),
	})),
	HardSigmoid: plain("HardSigmoidOf", (ctx) => ({ slope: ctx.float("alpha", 0.2), offset: ctx.float("beta", 0.5) })),
	SwiGLU: (ctx) => ctx.emit("Mul", [ctx.emit("Swish", [ctx.input(0)], { alpha: ctx.float("alpha", 1) }), ctx.input(1)]),
	Hardmax: softmax("Hardmax"),
	Softmax: softmax("Softmax"),
	LogSoftmax: softmax("LogSoftmax"),
};
