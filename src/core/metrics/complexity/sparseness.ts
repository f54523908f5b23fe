import { attributionParameters, preparedAttribution } from "../attribution";
import type { Metric } from "../metric";
import { sumOf } from "../numbers";

/** Quantus 0.6 `Sparseness`. */
export const sparseness: Metric = {
	id: "sparseness",
	title: "Sparseness (Gini)",
	formula: "sum over i of (2 i - n - 1) |a|_(i) / (n * sum of |a|), |a|_(i) ascending (Gini index)",
	family: "complexity",
	answers: "How unevenly is the relevance spread: 0 evenly, 1 all on one element?",
	paper:
		"Chalasani, Chen, Chowdhury, Jha, Wu 2020, Concise explanations of neural networks using adversarial training, arXiv:1810.06583",
	reference: "Quantus 0.6 Sparseness: the Gini index of the absolute map plus 1e-7",
	better: "higher",
	needs: {},
	parameters: attributionParameters(true),
	async measure(context) {
		const map = preparedAttribution(context, context.example.attribution).map((value) => value + 1e-7);
		const sorted = map.sort((a, b) => a - b);
		const n = sorted.length;
		const weighted = sumOf(sorted.map((value, at) => (2 * (at + 1) - n - 1) * value));
		return { score: weighted / (n * sumOf(sorted)) };
	},
};
