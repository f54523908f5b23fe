import { type Metric, parameter } from "../metric";
import { meanOf } from "../numbers";
import { attributionParameters, inRegion, insideByRelevance, LOCALISATION } from "./regions";

/** Quantus 0.6 `TopKIntersection`. */
export const topKIntersection: Metric = {
	...LOCALISATION,
	id: "top-k-intersection",
	title: "Top-k intersection",
	formula: "share of the k largest of a that are in the mask",
	answers: "Which share of the k most relevant elements lies in the region?",
	paper: "Theiner, Müller-Budack, Ewerth 2021, Interpretable semantic photo geolocation, arXiv:2104.14995",
	reference: "Quantus 0.6 TopKIntersection",
	parameters: [
		{
			name: "k",
			type: "integer",
			default: 1000,
			min: 1,
			help: "Elements that count, at most all of them (Quantus: k).",
		},
		{
			name: "concept_influence",
			type: "boolean",
			default: false,
			help: "Divides by the region's share of all elements: above 1 is better than chance (Quantus: concept_influence).",
		},
		...attributionParameters(false),
	],
	measure: inRegion((region, context) => {
		const share = meanOf(insideByRelevance(region).subarray(0, parameter(context, "k", "number")));
		return parameter(context, "concept_influence", "boolean") ? (share * region.map.length) / region.size : share;
	}),
};
