import type { OpDefinition } from "../ops/op";
import { isLinearLayer } from "./depth";
import { gradient } from "./gradient";
import { alphaBeta, type Bound, epsilon, flat, gamma, norm, pass, wSquare, zBox, zPlus } from "./lrp";
import { refuse, softmaxTaylor, uniformProduct } from "./products";
import { betaSmoothRelu, deconvnetRelu, guidedRelu } from "./relu-rules";
import type { Composite, Rule } from "./rule";

/** Plain backpropagation. */
export const gradientComposite: Composite = { id: "gradient", rule: () => gradient };

/** A rule for ReLU and the plain gradient for everything else, LeakyReLU and ReLU6 included: what the reference tools do. */
function reluComposite(id: string, rule: Rule): Composite {
	return { id, rule: (node) => (node.op === "Relu" ? rule : gradient) };
}

export const guidedBackprop: Composite = reluComposite("guided-backprop", guidedRelu);
export const deconvnet: Composite = reluComposite("deconvnet", deconvnetRelu);
export const betaSmooth = (beta = 10): Composite => reluComposite(`beta-smooth(${beta})`, betaSmoothRelu(beta));

/** Rules of an LRP composite for the layers that zennit tells apart; what is left out is as in its base map. */
export interface LrpRules {
	convolution: Rule;
	dense: Rule;
	/** Overrides the rule of every first linear op. */
	firstLinear?: Rule;
	/** Overrides the rule of every first convolution. */
	firstConvolution?: Rule;
	activation?: Rule;
	batchNorm?: Rule;
	averagePooling?: Rule;
}

const NORM = norm();

/**
 * An LRP composite: rules by op family, and by op kind for what has no family. Activations and batch normalisation
 * pass relevance on, sums and average pooling split it in proportion (norm rule), max pooling and moving of elements
 * follow the gradient, which conserves. After zennit 0.5.1 `LayerMapComposite`, base map included.
 */
export function lrpComposite(name: string, rules: LrpRules): Composite {
	const {
		convolution,
		dense,
		firstLinear,
		firstConvolution,
		activation = pass,
		batchNorm = pass,
		averagePooling = NORM,
	} = rules;
	const overrides = `${firstLinear ? `,first=${firstLinear.id}` : ""}${firstConvolution ? `,first-convolution=${firstConvolution.id}` : ""}`;
	return {
		id: `${name}(convolution=${convolution.id},dense=${dense.id}${overrides},activation=${activation.id},batch-norm=${batchNorm.id},average-pooling=${averagePooling.id})`,
		rule: (_node, op, context) => {
			if (isLinearLayer(op)) {
				if (firstConvolution && context.isFirstConvolution) return firstConvolution;
				if (firstLinear && context.isFirstLinear) return firstLinear;
				return op.family === "convolution" ? convolution : dense;
			}
			if (op.family === "activation") return activation;
			if (op.family === "batch-norm") return batchNorm;
			if (op.family === "average-pooling") return averagePooling;
			return baseRule(op);
		},
	};
}

/**
 * Ops that scale and shift each element by itself: relevance passes them as it passes an activation. Linear ops that
 * are left (resizing, masking) average or choose elements, so that their gradient conserves.
 */
const AFFINE = /^(Standardize|Scale|(Add|Sub|Mul|Div)Constant|Constant(Add|Sub|Mul))$/;

function baseRule(op: OpDefinition): Rule {
	switch (op.family) {
		case "sum":
			return NORM;
		case "max-pooling":
			return gradient;
	}
	switch (op.kind) {
		case "elementwise":
		case "normalise":
			return pass;
		case "linear":
			return AFFINE.test(op.op) ? pass : gradient;
		case "route":
		case "shape":
			return gradient;
		case "bilinear":
			return uniformProduct;
		case "softmax":
			return softmaxTaylor;
		case "opaque":
			return refuse;
	}
}

/** Parameters of the named composites, with zennit's names and defaults. */
export interface CompositeOptions {
	epsilon?: number;
	gamma?: number;
	/** Lowest and highest value that an input can have, for the box rule; one number or one for each channel. */
	low?: Bound;
	high?: Bound;
	/** Axis of channels of the model input, batch included; for boxes with a number for each channel. */
	channelAxis?: number;
	stabilizer?: number;
	/** `false`: biases take no relevance (zennit: `zero_params="bias"`). */
	bias?: boolean;
}

/** Rules of the LRP composites, by zennit's names. */
export const LRP_COMPOSITES: Readonly<Record<string, (options: CompositeOptions) => LrpRules>> = {
	EpsilonPlus: (o) => ({ convolution: zPlus(o), dense: epsilon(o.epsilon, o) }),
	EpsilonPlusFlat: (o) => ({ convolution: zPlus(o), dense: epsilon(o.epsilon, o), firstLinear: flat(o) }),
	EpsilonAlpha2Beta1: (o) => ({ convolution: alphaBeta(2, 1, o), dense: epsilon(o.epsilon, o) }),
	EpsilonAlpha2Beta1Flat: (o) => ({
		convolution: alphaBeta(2, 1, o),
		dense: epsilon(o.epsilon, o),
		firstLinear: flat(o),
	}),
	EpsilonGammaBox: (o) => ({
		convolution: gamma(o.gamma, o),
		dense: epsilon(o.epsilon, o),
		firstConvolution: zBox(o.low ?? 0, o.high ?? 1, o),
	}),
	/** Has no rule for activations and batch normalisation: their plain gradient applies. Zhang et al. 2016, Top-down neural attention by excitation backprop. */
	ExcitationBackprop: (o) => {
		const rule = zPlus(o);
		return { convolution: rule, dense: rule, activation: gradient, batchNorm: gradient };
	},
};

/** Rules for linear layers, by zennit's names. */
export const LRP_RULES: Readonly<
	Record<string, (options: CompositeOptions & { alpha?: number; beta?: number }) => Rule>
> = {
	Epsilon: (o) => epsilon(o.epsilon, o),
	Gamma: (o) => gamma(o.gamma, o),
	ZPlus: (o) => zPlus(o),
	AlphaBeta: (o) => alphaBeta(o.alpha, o.beta, o),
	ZBox: (o) => zBox(o.low ?? 0, o.high ?? 1, o),
	WSquare: (o) => wSquare(o),
	Flat: (o) => flat(o),
	Norm: (o) => norm(o.stabilizer),
	Pass: () => pass,
	Gradient: () => gradient,
};
