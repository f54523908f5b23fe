import { attributionParameters, preparedAttribution } from "../attribution";
import type { Metric } from "../metric";
import { sumOf } from "../numbers";

/** Quantus 0.6 `Complexity`. */
export const complexity: Metric = {
	id: "complexity",
	title: "Complexity (entropy)",
	formula: "- sum over i of p_i ln p_i, p_i = |a_i| / sum of |a|",
	family: "complexity",
	answers: "Over how many elements is the relevance spread, as an entropy in nats?",
	paper: "Bhatt, Weller, Moura 2020, Evaluating and aggregating feature-based model explanations, arXiv:2005.00631",
	reference: "Quantus 0.6 Complexity: the entropy of each element's share of the absolute map",
	better: "lower",
	needs: {},
	parameters: attributionParameters(true),
	async measure(context) {
		const map = preparedAttribution(context, context.example.attribution);
		const total = sumOf(map.map(Math.abs));
		return { score: -sumOf(map.map((value) => (value / total) * Math.log(value / total + 1e-12))) };
	},
};
