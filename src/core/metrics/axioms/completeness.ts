import { attributionParameters, preparedAttribution } from "../attribution";
import { fillParameter, fillValue } from "../fills";
import type { Metric } from "../metric";
import { sumOf } from "../numbers";
import { softmaxParameter, unitValues, valuesOf, withValues } from "../unit-values";

/** Sundararajan et al. 2017; Quantus 0.6 `Completeness` asks for exact equality. */
export const completeness: Metric = {
	id: "completeness",
	title: "Completeness",
	formula: "(sum of a - (f(x) - f(x'))) / |f(x) - f(x')|",
	family: "axioms",
	answers: "Is the sum of the map what the unit gains over a baseline?",
	paper: "Sundararajan, Taly, Yan 2017, Axiomatic attribution for deep networks, arXiv:1703.01365",
	reference:
		"The gap (sum - difference) / |difference|; Quantus 0.6 Completeness tells only whether both are equal to the last bit",
	better: "neither",
	needs: {},
	parameters: [fillParameter("0"), ...attributionParameters(false, false), softmaxParameter(false)],
	async measure(context) {
		const values = valuesOf(context);
		const baseline = new Float32Array(values.length).fill(fillValue(context, values));
		const [at = 0, from = 0] = await unitValues(context, [context.example.inputs, withValues(context, baseline)]);
		const sum = sumOf(preparedAttribution(context, context.example.attribution));
		const difference = at - from;
		return { score: difference === 0 ? sum : (sum - difference) / Math.abs(difference), values: { sum, difference } };
	},
};
