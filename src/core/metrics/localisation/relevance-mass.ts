import type { Metric } from "../metric";
import { sumOf } from "../numbers";
import { attributionParameters, inRegion, LOCALISATION } from "./regions";

/** Quantus 0.6 `RelevanceMassAccuracy`. */
export const relevanceMass: Metric = {
	...LOCALISATION,
	id: "relevance-mass",
	title: "Relevance mass accuracy",
	formula: "sum of a in the mask / sum of a",
	answers: "Which share of the relevance lies in the region?",
	paper:
		"Arras, Osman, Samek 2022, CLEVR-XAI: a benchmark dataset for the ground truth evaluation of neural network explanations, arXiv:2003.07258",
	reference: "Quantus 0.6 RelevanceMassAccuracy; of a signed map shares may pass 1, since both signs are summed",
	parameters: attributionParameters(false),
	measure: inRegion(({ map, mask }) => sumOf(map.map((value, at) => value * (mask[at] ?? 0))) / sumOf(map)),
};
