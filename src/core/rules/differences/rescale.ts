import type { Value } from "../../program/types";
import { mul } from "../../program/vocabulary";
import { inputGradients } from "../gradient";
import type { BackwardStep, ReferenceValues, Rule, SourceNode } from "../rule";
import { orZero } from "./call";
import { multipliers } from "./multipliers";
import { DIFFERENCE_THRESHOLD, difference, quotient } from "./quotient";

/**
 * DeepLIFT: what is handed back are multipliers, the contribution of an element over its difference from the reference.
 * Shrikumar, Greenside, Kundaje 2017, Learning important features through propagating activation differences.
 */

/** @throws RangeError in a walk without a reference: the composite did not ask for it */
export function referenceOf(step: Pick<SourceNode, "node" | "reference">): ReferenceValues {
	if (!step.reference) throw new RangeError(`the walk has no reference for ${step.node.op}`);
	return step.reference;
}

/** An activation: one number in, one number out. Its multiplier is the quotient of the differences (the Rescale rule). */
export const isActivation = ({ op, inputs, outputs }: SourceNode): boolean =>
	op.kind === "elementwise" &&
	inputs[0]?.dtype === "float32" &&
	outputs.length === 1 &&
	outputs[0]?.dtype === "float32" &&
	outputs[0].shape.join() === inputs[0].shape.join();

/** x - reference of an input of a node. */
export function inputDifference(step: BackwardStep, index: number): Value {
	return difference(step.b, step.inputs[index] as Value, referenceOf(step).inputs[index] as Value);
}

export function outputDifference(step: BackwardStep, index = 0): Value {
	return difference(step.b, step.outputs[index] as Value, referenceOf(step).outputs[index] as Value);
}

/**
 * The Rescale rule for every op: activations as a whole; everything else by the rules of the primitives it is made of,
 * which is the gradient for linear ops, the arg-max of input and reference for max pooling, the Shapley value for products.
 */
export function rescale(threshold = DIFFERENCE_THRESHOLD): Rule {
	return {
		id: `rescale(${threshold})`,
		backward: (step) => {
			const { b, inputs, outputs, relevance, wanted } = step;
			const arriving = relevance[0];
			if (!isActivation(step))
				return multipliers(b, { inputs, outputs, reference: referenceOf(step) }, relevance, wanted, threshold);
			if (!arriving || !wanted[0]) return [];
			const slope = orZero(b, inputGradients(step, [arriving])[0], inputs[0] as Value);
			const contribution = mul(b, arriving, outputDifference(step));
			return [quotient(b, contribution, inputDifference(step, 0), slope, threshold)];
		},
	};
}
