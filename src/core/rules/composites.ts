import type { OpDefinition } from "../ops/op";
import { isAffine, isLinearLayer } from "./depth";
import { gradient } from "./gradient";
import { norm, pass } from "./lrp";
import { refuse, softmaxTaylor, uniformProduct } from "./products";
import { signalTakeAll } from "./recurrent";
import { betaSmoothRelu, deconvnetRelu, guidedRelu, rectifiedRelu } from "./relu-rules";
import type { Composite, CompositeContext, Rule } from "./rule";

/** Plain backpropagation. */
export const gradientComposite: Composite = { id: "gradient", rule: () => gradient };

/** A rule for ReLU and the plain gradient for everything else, LeakyReLU and ReLU6 included: what the reference tools do. */
function reluComposite(id: string, rule: Rule): Composite {
	return { id, rule: (node) => (node.op === "Relu" ? rule : gradient) };
}

export const guidedBackprop: Composite = reluComposite("guided-backprop", guidedRelu);
export const deconvnet: Composite = reluComposite("deconvnet", deconvnetRelu);
export const rectGrad = (percentile = 98): Composite =>
	reluComposite(`rect-grad(${percentile})`, rectifiedRelu(percentile));
export const betaSmooth = (beta = 10): Composite => reluComposite(`beta-smooth(${beta})`, betaSmoothRelu(beta));

/** Rules of an LRP composite for the layers that zennit tells apart; what is left out is as in its base map. */
export interface LrpRules {
	convolution: Rule;
	dense: Rule;
	/** Overrides the rule of every first linear op. */
	firstLinear?: Rule;
	/** Overrides the rule of every first convolution. */
	firstConvolution?: Rule;
	/** Overrides the rule of every linear op that no other lies behind on the way to the unit. */
	lastLinear?: Rule;
	/** The rule of linear layers by where they stand; in place of `convolution` and `dense`. */
	byDepth?: { readonly id: string; rule(context: CompositeContext): Rule };
	activation?: Rule;
	batchNorm?: Rule;
	averagePooling?: Rule;
	/** Of residual additions and the like. */
	sum?: Rule;
	/** Rules for ops that are no linear layers, before all of these; `undefined` leaves an op to them. */
	others?: { readonly id: string; rule(op: OpDefinition): Rule | undefined };
}

const NORM = norm();
const SIGNAL_TAKE_ALL = signalTakeAll();

/**
 * An LRP composite: rules by op family, and by op kind for what has no family. Activations and batch normalisation
 * pass relevance on, sums and average pooling split it in proportion (norm rule), max pooling and moving of elements
 * follow the gradient, which conserves. After zennit 0.5.1 `LayerMapComposite`, base map included.
 */
export function lrpComposite(name: string, rules: LrpRules): Composite {
	const { convolution, dense, firstLinear, firstConvolution, lastLinear, byDepth } = rules;
	const { others, activation = pass, batchNorm = pass, averagePooling = NORM, sum = NORM } = rules;
	const named = Object.entries({ ...rules, activation, batchNorm, averagePooling, sum });
	return {
		id: `${name}(${named.flatMap(([place, rule]) => (rule ? [`${place}=${rule.id}`] : [])).join()})`,
		rule: (_node, op, context) => {
			if (isLinearLayer(op)) {
				if (lastLinear && context.isLastLinear) return lastLinear;
				if (firstConvolution && context.isFirstConvolution) return firstConvolution;
				if (firstLinear && context.isFirstLinear) return firstLinear;
				if (byDepth) return byDepth.rule(context);
				return op.family === "convolution" ? convolution : dense;
			}
			const other = others?.rule(op);
			if (other) return other;
			if (op.family === "activation") return activation;
			if (op.family === "batch-norm") return batchNorm;
			if (op.family === "average-pooling") return averagePooling;
			if (op.family === "sum") return sum;
			return baseRule(op);
		},
	};
}

function baseRule(op: OpDefinition): Rule {
	if (op.family === "max-pooling") return gradient;
	switch (op.kind) {
		case "elementwise":
		case "normalise":
			return pass;
		case "linear":
			// Linear ops that are left (resizing, masking) average or choose elements, so that their gradient conserves.
			return isAffine(op) ? pass : gradient;
		case "route":
		case "shape":
			return gradient;
		case "bilinear":
			return uniformProduct;
		case "softmax":
			return softmaxTaylor;
		case "recurrent":
			return SIGNAL_TAKE_ALL;
		case "opaque":
			return refuse;
	}
}
