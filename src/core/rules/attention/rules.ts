import { numberAttr, numbersAttr } from "../../ops/attributes";
import { axisOf } from "../../ops/numbers";
import type { Value } from "../../program/types";
import { concat, mul, select, sub, sum, unary } from "../../program/vocabulary";
import { pairs, vjpOnce } from "../gradient";
import { perUnit } from "../linear-rule";
import { pass } from "../lrp";
import { productRule, softmaxTaylor } from "../products";
import type { BackwardStep, Rule } from "../rule";
import { isAttentionWeights, isInverseStatistic } from "./weights";

/**
 * Rules of AttnLRP: Achtibat et al. 2024, AttnLRP: attention-aware layer-wise relevance propagation for transformers
 * (arXiv:2402.05602), and of CP-LRP: Ali et al. 2022, XAI for transformers: better explanations through conservative
 * propagation (arXiv:2202.07304). Numbers as those of lxt 2.1, whose gradients are these relevances over the values they
 * belong to; so denominators are only kept from being zero.
 */

/** Of the identity rule of lxt 2.1. */
export const STABILIZER = 1e-10;

/** R_i = x_i (R_i - s_i sum_j R_j): the Taylor expansion of the softmax at its input. Closed inputs (-inf) get nothing. */
export const softmaxAtInput: Rule = {
	id: "softmax",
	backward(step) {
		const { b, node, inputs, outputs, relevance } = step;
		const [x, s, arrived] = [inputs[0], outputs[0], relevance[0]];
		if (node.op !== "Softmax" || !x || !s || !arrived) return softmaxTaylor.backward(step);
		const total = sum(b, arrived, numbersAttr(node.attrs, "axes", [-1]), true);
		const open = select(b, unary(b, "isInfinite", x), 0, x);
		return [mul(b, open, sub(b, arrived, mul(b, s, total)))];
	},
};

/** Evenly between the factors that vary; one over a statistic is held, as in {@link heldStatistics}. */
export const sharedProduct: Rule = productRule("shared-product", STABILIZER, (step) =>
	factorsOf(step, isInverseStatistic),
);

/** A product with attention weights belongs to what they weigh: the weights are held, as if they were constants. */
export const valueProduct: Rule = productRule("value-product", STABILIZER, (step) =>
	factorsOf(step, (sources, name) => isAttentionWeights(sources, name) || isInverseStatistic(sources, name)),
);

/** Factors that vary and are not held; those that vary when all of them are held. */
function factorsOf(step: BackwardStep, isHeld: (step: BackwardStep, name: string) => boolean): readonly boolean[] {
	const { varies, node } = step;
	const free = varies.map((is, index) => is && !isHeld(step, node.inputs[index] as string));
	return free.includes(true) ? free : varies;
}

/** A divisor is a normaliser: it is held, and the dividend passes everything on. */
export const heldDivisor: Rule = productRule("held-divisor", STABILIZER, ({ varies }) =>
	varies[0] ? [true, false] : varies,
);

/**
 * Normalisation by statistics of its own input, which are held: what is left is linear (centring, scale, shift), and gets
 * the epsilon rule. Without centring and shift, as in RMS normalisation, relevance passes unchanged.
 */
export const heldStatistics: Rule = {
	id: "held-statistics",
	backward(step) {
		const { b, op, inputs, params, outputs, node } = step;
		if (!op.statistics) return pass.backward(step);
		const held = op.statistics(b, inputs, params, node.attrs);
		const shares = step.relevance.map(
			(relevance, index) => relevance && perUnit(b, relevance, outputs[index], STABILIZER),
		);
		const gradients = vjpOnce(b, pairs(outputs, shares), inputs, step.wanted, held);
		return gradients.map((g, index) => g && mul(b, inputs[index] as Value, g));
	},
};

/** value * sigmoid(gate) of the halves of one input: half of the relevance for each of them. Dauphin et al. 2016. */
export const gatedHalves: Rule = {
	id: "gated-halves",
	backward({ b, inputs, relevance, node }) {
		const [x, arrived] = [inputs[0], relevance[0]];
		if (!x || !arrived) return [];
		const half = mul(b, arrived, 0.5);
		return [concat(b, [half, half], axisOf(numberAttr(node.attrs, "axis", -1), x.shape.length))];
	},
};
