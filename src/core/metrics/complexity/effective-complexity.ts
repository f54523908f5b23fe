import { attributionParameters, preparedAttribution } from "../attribution";
import { type Metric, parameter } from "../metric";

/** Quantus 0.6 `EffectiveComplexity`. */
export const effectiveComplexity: Metric = {
	id: "effective-complexity",
	title: "Effective complexity",
	formula: "number of i with |a_i| > eps",
	family: "complexity",
	answers: "How many elements have relevance worth speaking of?",
	paper: "Nguyen, Martínez 2020, On quantitative aspects of model interpretability, arXiv:2007.07584",
	reference: "Quantus 0.6 EffectiveComplexity",
	better: "lower",
	needs: {},
	parameters: [
		{ name: "eps", type: "number", default: 1e-5, min: 0, help: "What counts is larger than this (Quantus: eps)." },
		...attributionParameters(true),
	],
	async measure(context) {
		const eps = parameter(context, "eps", "number");
		return { score: preparedAttribution(context, context.example.attribution).filter((value) => value > eps).length };
	},
};
