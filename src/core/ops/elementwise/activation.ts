import type { Builder } from "../../program/builder";
import type { Value } from "../../program/types";
import {
	abs,
	add,
	binary,
	div,
	elu,
	exp,
	leakyRelu,
	maximum,
	minimum,
	mul,
	neg,
	relu,
	select,
	sqrt,
	square,
	sub,
	unary,
} from "../../program/vocabulary";
import { flagAttr, numberAttr } from "../attributes";
import { asFloat, inputAt } from "../numbers";
import type { Attrs, OpDefinition } from "../op";
import { paramOf } from "../params";

type Activation = (b: Builder, x: Value, attrs: Attrs) => Value;

const greater = (b: Builder, x: Value, threshold: number) => binary(b, "greater", x, threshold);
const clip = (b: Builder, x: Value, low: number, high: number) => minimum(b, maximum(b, x, low), high);
const sigmoid = (b: Builder, x: Value) => unary(b, "sigmoid", x);

/** relu6(x + 3) / 6: Keras 3 and PyTorch. Keras 2 has slope 0.2: {@link hardSigmoidWithSlope}. */
const hardSigmoid = (b: Builder, x: Value) => div(b, clip(b, add(b, x, 3), 0, 6), 6);
const hardSigmoidWithSlope = (b: Builder, x: Value) => clip(b, add(b, mul(b, x, 0.2), 0.5), 0, 1);

/** attrs: `maxValue`, `threshold`, `negativeSlope`: Keras' ReLU with all its arguments. */
function clippedRelu(b: Builder, x: Value, attrs: Attrs): Value {
	const threshold = numberAttr(attrs, "threshold", 0);
	const slope = numberAttr(attrs, "negativeSlope", 0);
	let y = threshold === 0 ? relu(b, x) : select(b, greater(b, x, threshold), x, 0);
	if (attrs.maxValue != null) y = clip(b, y, 0, numberAttr(attrs, "maxValue"));
	return slope === 0 ? y : sub(b, y, mul(b, relu(b, sub(b, threshold, x)), slope));
}

/** Hendrycks & Gimpel 2016; the tanh approximation with attr `approximate`. */
function gelu(b: Builder, x: Value, attrs: Attrs): Value {
	if (!flagAttr(attrs, "approximate")) {
		return mul(b, mul(b, x, 0.5), add(b, unary(b, "erf", mul(b, x, Math.SQRT1_2)), 1));
	}
	const cubic = mul(b, mul(b, square(b, x), x), 0.044715);
	const inner = mul(b, add(b, x, cubic), Math.sqrt(2 / Math.PI));
	return mul(b, mul(b, x, 0.5), add(b, unary(b, "tanh", inner), 1));
}

function celu(b: Builder, x: Value, attrs: Attrs): Value {
	const alpha = numberAttr(attrs, "alpha", 1);
	return add(b, relu(b, x), mul(b, unary(b, "expm1", div(b, minimum(b, x, 0), alpha)), alpha));
}

function softShrink(b: Builder, x: Value, attrs: Attrs): Value {
	const threshold = numberAttr(attrs, "threshold", 0.5);
	const below = select(b, binary(b, "less", x, -threshold), add(b, x, threshold), 0);
	return select(b, greater(b, x, threshold), sub(b, x, threshold), below);
}

/** ONNX: attrs: `bias`, `threshold`: towards 0 by the bias outside the threshold, 0 inside. */
function shrink(b: Builder, x: Value, attrs: Attrs): Value {
	const threshold = numberAttr(attrs, "threshold", 0.5);
	const bias = numberAttr(attrs, "bias", 0);
	const below = select(b, binary(b, "less", x, -threshold), add(b, x, bias), 0);
	return select(b, greater(b, x, threshold), sub(b, x, bias), below);
}

function sparsePlus(b: Builder, x: Value): Value {
	const bend = mul(b, square(b, add(b, x, 1)), 0.25);
	return select(b, binary(b, "lessEqual", x, -1), 0, select(b, binary(b, "less", x, 1), bend, x));
}

const ACTIVATION_FUNCTIONS: Readonly<Record<string, Activation>> = {
	Relu: relu,
	// In this order the slope at 6 is 0, as in TensorFlow and PyTorch.
	Relu6: (b, x) => minimum(b, 6, relu(b, x)),
	ClippedRelu: clippedRelu,
	LeakyRelu: (b, x, attrs) => leakyRelu(b, x, numberAttr(attrs, "alpha", 0.2)),
	ThresholdedRelu: (b, x, attrs) => select(b, greater(b, x, numberAttr(attrs, "theta", 1)), x, 0),
	Threshold: (b, x, attrs) =>
		select(b, greater(b, x, numberAttr(attrs, "threshold")), x, numberAttr(attrs, "defaultValue")),
	Elu: (b, x, attrs) => elu(b, x, numberAttr(attrs, "alpha", 1)),
	Selu: (b, x) => unary(b, "selu", x),
	Celu: celu,
	Gelu: gelu,
	Silu: (b, x) => mul(b, x, sigmoid(b, x)),
	/** Ramachandran et al. 2017: x sigmoid(alpha x). */
	Swish: (b, x, attrs) => mul(b, x, sigmoid(b, mul(b, x, numberAttr(attrs, "alpha", 1)))),
	Mish: (b, x) => mul(b, x, unary(b, "tanh", unary(b, "softplus", x))),
	Sigmoid: sigmoid,
	/** -softplus(-x), which does not lose small probabilities. */
	LogSigmoid: (b, x) => neg(b, unary(b, "softplus", neg(b, x))),
	HardSigmoid: hardSigmoid,
	HardSigmoidSlope02: hardSigmoidWithSlope,
	/** attrs: `slope`, `offset` */
	HardSigmoidOf: (b, x, attrs) =>
		clip(b, add(b, mul(b, x, numberAttr(attrs, "slope", 0.2)), numberAttr(attrs, "offset", 0.5)), 0, 1),
	/** attrs: `alpha`, `gamma` in place of those of Klambauer et al. 2017 */
	SeluOf: (b, x, attrs) =>
		mul(b, elu(b, x, numberAttr(attrs, "alpha", 1.6732632)), numberAttr(attrs, "gamma", 1.050701)),
	SparseSigmoid: (b, x) => clip(b, mul(b, add(b, x, 1), 0.5), 0, 1),
	HardSwish: (b, x) => mul(b, x, hardSigmoid(b, x)),
	Tanh: (b, x) => unary(b, "tanh", x),
	HardTanh: (b, x) => clip(b, x, -1, 1),
	TanhShrink: (b, x) => sub(b, x, unary(b, "tanh", x)),
	SoftShrink: softShrink,
	Shrink: shrink,
	HardShrink: (b, x, attrs) => select(b, greater(b, abs(b, x), numberAttr(attrs, "threshold", 0.5)), x, 0),
	Softplus: (b, x) => unary(b, "softplus", x),
	Softsign: (b, x) => div(b, x, add(b, abs(b, x), 1)),
	SquarePlus: (b, x, attrs) => mul(b, add(b, x, sqrt(b, add(b, square(b, x), numberAttr(attrs, "b", 4)))), 0.5),
	SparsePlus: sparsePlus,
	Exponential: exp,
};

/** params: `alpha`, one slope for each element of an example; shared axes have the extent 1. */
const PRELU: OpDefinition = {
	op: "Prelu",
	kind: "elementwise",
	family: "activation",
	forward(b, inputs, params) {
		const x = asFloat(b, inputAt(inputs, 0));
		return [sub(b, relu(b, x), mul(b, paramOf(params, "alpha"), relu(b, neg(b, x))))];
	},
};

export const ACTIVATIONS: readonly OpDefinition[] = [
	...Object.entries(ACTIVATION_FUNCTIONS).map(
		([op, activation]): OpDefinition => ({
			op,
			kind: "elementwise",
			family: "activation",
			forward: (b, inputs, _params, attrs) => [activation(b, asFloat(b, inputAt(inputs, 0)), attrs)],
		}),
	),
	PRELU,
];
