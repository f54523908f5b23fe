import { type Metric, parameter } from "../metric";
import { sumOf } from "../numbers";
import { attributionParameters, inRegion, LOCALISATION } from "./regions";

/** Quantus 0.6 `AttributionLocalisation`. */
export const attributionLocalisation: Metric = {
	...LOCALISATION,
	id: "attribution-localisation",
	title: "Attribution localisation",
	formula: "sum of max(0, a) in the mask / sum of max(0, a)",
	answers: "Which share of the positive relevance lies in the region?",
	paper:
		"Kohlbrenner, Bauer, Nakajima, Binder, Samek, Lapuschkin 2020, Towards best practice in explaining neural network decisions with LRP, arXiv:1910.09840",
	reference: "Quantus 0.6 AttributionLocalisation (positive_attributions is on, as in the paper; weighted is left out)",
	parameters: [
		{
			name: "positive_attributions",
			type: "boolean",
			default: true,
			help: "Negative values count as 0 (Quantus: positive_attributions, default false).",
		},
		...attributionParameters(false),
	],
	measure: inRegion(({ map, mask }, context) => {
		const counted = parameter(context, "positive_attributions", "boolean")
			? map.map((value) => Math.max(0, value))
			: map;
		const share = sumOf(counted.map((value, at) => value * (mask[at] ?? 0))) / (sumOf(counted) + 1e-9);
		// Of a map with both signs a share may pass 1, and then means nothing.
		return share > 1 ? Number.NaN : share;
	}),
};
