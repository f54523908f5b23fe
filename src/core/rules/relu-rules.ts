import { mul, relu, unary } from "../program/vocabulary";
import type { Value } from "../program/types";
import { gradient } from "./gradient";
import type { BackwardStep, Rule } from "./rule";

/**
 * Guided backpropagation: the gradient passes a ReLU only where the input is positive and the gradient is too.
 * Springenberg et al. 2015, Striving for simplicity; Captum 0.9 `GuidedBackprop`, zennit `ReLUGuidedBackprop`.
 */
export const guidedRelu: Rule = {
	id: "guided-relu",
	backward: (step) => gradient.backward({ ...step, relevance: step.relevance.map((g) => g && relu(step.b, g)) }),
};

/**
 * DeconvNet: the ReLU is applied to the gradient itself; the mask of the forward pass is ignored.
 * Zeiler and Fergus 2014, Visualizing and understanding convolutional networks; Captum 0.9 `Deconvolution`.
 */
export const deconvnetRelu: Rule = {
	id: "deconvnet-relu",
	backward: (step) => {
		const g = arriving(step);
		return [g && relu(step.b, g)];
	},
};

/**
 * The gradient of softplus with parameter beta in place of ReLU's: g * sigmoid(beta * x).
 * Dombrowski et al. 2019, Explanations can be manipulated and geometry is to blame; zennit `ReLUBetaSmooth`.
 */
export function betaSmoothRelu(beta: number): Rule {
	return {
		id: `beta-smooth-relu(${beta})`,
		backward: (step) => {
			const g = arriving(step);
			const input = step.inputs[0];
			return [g && input && mul(step.b, g, unary(step.b, "sigmoid", mul(step.b, input, beta)))];
		},
	};
}

function arriving(step: BackwardStep): Value | undefined {
	return step.relevance[0];
}
