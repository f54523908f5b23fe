import type { ActivationTranslator } from "../../translator";

const op =
	(name: string, attrs: Readonly<Record<string, number | boolean>> = {}): ActivationTranslator =>
	(ctx, x) =>
		ctx.emit(name, [x], attrs);

/** Activation functions by the names that configurations hold, with Keras' default arguments. */
export const activations: Readonly<Record<string, ActivationTranslator>> = {
	relu: op("Relu"),
	relu6: op("Relu6"),
	leaky_relu: op("LeakyRelu", { alpha: 0.2 }),
	elu: op("Elu", { alpha: 1 }),
	selu: op("Selu"),
	celu: op("Celu", { alpha: 1 }),
	gelu: op("Gelu", { approximate: false }),
	silu: op("Silu"),
	swish: op("Silu"),
	mish: op("Mish"),
	sigmoid: op("Sigmoid"),
	log_sigmoid: op("LogSigmoid"),
	// Keras 1, 2 and TensorFlow.js: clip(0.2 x + 0.5); Keras 3: relu6(x + 3) / 6.
	hard_sigmoid: (ctx, x) => ctx.emit(ctx.dialect === "keras-3" ? "HardSigmoid" : "HardSigmoidSlope02", [x]),
	sparse_sigmoid: op("SparseSigmoid"),
	hard_silu: op("HardSwish"),
	hard_swish: op("HardSwish"),
	tanh: op("Tanh"),
	hard_tanh: op("HardTanh"),
	tanh_shrink: op("TanhShrink"),
	soft_shrink: op("SoftShrink", { threshold: 0.5 }),
	hard_shrink: op("HardShrink", { threshold: 0.5 }),
	softplus: op("Softplus"),
	softsign: op("Softsign"),
	squareplus: op("SquarePlus", { b: 4 }),
	sparse_plus: op("SparsePlus"),
	exponential: op("Exponential"),
	softmax: op("Softmax"),
	log_softmax: op("LogSoftmax"),
	sparsemax: op("Sparsemax"),
	glu: op("Glu"),
};
