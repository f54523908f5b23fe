import { UnsupportedError } from "../../shared/errors";
import type { GraphNode } from "../graph/types";
import { mul } from "../program/vocabulary";
import { inputGradients } from "./gradient";
import { perUnit } from "./linear-rule";
import { STABILIZER } from "./lrp";
import type { BackwardStep, Rule } from "./rule";

/**
 * Relevance of ops that are no linear maps of one input. zennit knows them only inside functions, where the plain
 * gradient applies and conservation is lost; these follow AttnLRP (Achtibat et al. 2024, Attention-aware layer-wise
 * relevance propagation for transformers), which conserves.
 */

/**
 * x_i * dy/dx_i * R / y, shared evenly between some of the factors: each alone explains the whole product.
 * @param factors which of them share it
 */
export function productRule(
	name: string,
	stabilizer: number,
	factors: (step: BackwardStep) => readonly boolean[],
): Rule {
	return {
		id: `${name}(${stabilizer})`,
		backward(step) {
			const sharing = factors(step);
			const wanted = step.wanted.map((is, index) => is && sharing[index] === true);
			const share = 1 / Math.max(1, sharing.filter(Boolean).length);
			return inputTimesGradient({ ...step, wanted }, share, stabilizer);
		},
	};
}

/** Evenly between the factors that vary. */
export const uniformProduct: Rule = productRule("uniform-product", STABILIZER, ({ varies }) => varies);

/** Taylor expansion of the softmax at its input: R_i = x_i (R_i - s_i sum_j R_j). */
export const softmaxTaylor: Rule = {
	id: "softmax-taylor",
	backward: (step) => inputTimesGradient(step, 1),
};

/** No rule is known: says so instead of handing on numbers that mean nothing. */
export const refuse: Rule = {
	id: "refuse",
	refusal,
	backward: (step) => {
		throw new UnsupportedError(
			refusal(step.node),
			`layer ${step.node.layer}`,
			"Choose a unit before this layer, or a method based on gradients (saliency, integrated-gradients) or perturbation (occlusion).",
		);
	},
};

function refusal({ op }: GraphNode): string {
	return `relevance propagation has no rule for ${op}`;
}

function inputTimesGradient(step: BackwardStep, factor: number, stabilizer = STABILIZER) {
	const { b } = step;
	const shares = step.outputs.map((output, index) => {
		const relevance = step.relevance[index];
		return relevance && perUnit(b, factor === 1 ? relevance : mul(b, relevance, factor), output, stabilizer);
	});
	return inputGradients(step, shares).map((g, index) => {
		const input = step.inputs[index];
		return g && input && mul(b, input, g);
	});
}
