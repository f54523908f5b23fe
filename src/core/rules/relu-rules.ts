import { largest } from "../ops/shape/order";
import { productOf } from "../program/dims";
import type { Dim, Value } from "../program/types";
import { binary, mul, relu, reshape, select, slice, unary } from "../program/vocabulary";
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

/**
 * RectGrad: the gradient passes a ReLU only where its product with the activation is above a percentile of all such
 * products of the layer, example by example. A percentile whose product is 0 leaves guided backpropagation.
 * Kim et al. 2019, Why are saliency maps noisy?
 * @param percentile from 0 to 100, taken at the nearest rank as in the authors' code; the most important element passes
 * also where a layer is so small that it is its own percentile
 */
export function rectifiedRelu(percentile: number): Rule {
	return {
		id: `rectified-relu(${percentile})`,
		backward: (step) => {
			const { b } = step;
			const g = arriving(step);
			const y = step.outputs[0];
			if (!g || !y) return [];
			const importance = mul(b, y, g);
			const [examples, ...shape] = importance.shape as [Dim, ...Dim[]];
			const elements = productOf(shape);
			if (elements === 1) return [g];
			const rank = Math.max(1, Math.round((elements - 1) * (1 - percentile / 100)));
			const ranked = largest(b, reshape(b, importance, [examples, elements]), rank + 1);
			const threshold = reshape(b, slice(b, ranked, [0, rank], [-1, 1]), [examples, ...shape.map(() => 1)]);
			return [select(b, binary(b, "greater", importance, threshold), g, 0)];
		},
	};
}

function arriving(step: BackwardStep): Value | undefined {
	return step.relevance[0];
}
