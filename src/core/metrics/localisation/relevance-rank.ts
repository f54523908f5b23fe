import type { Metric } from "../metric";
import { sumOf } from "../numbers";
import { attributionParameters, inRegion, insideByRelevance, LOCALISATION } from "./regions";

/** Quantus 0.6 `RelevanceRankAccuracy`. */
export const relevanceRank: Metric = {
	...LOCALISATION,
	id: "relevance-rank",
	title: "Relevance rank accuracy",
	formula: "share of the |mask| largest of a that are in the mask",
	answers: "Of as many of the most relevant elements as the region has, which share lies in it?",
	paper:
		"Arras, Osman, Samek 2022, CLEVR-XAI: a benchmark dataset for the ground truth evaluation of neural network explanations, arXiv:2003.07258",
	reference: "Quantus 0.6 RelevanceRankAccuracy",
	parameters: attributionParameters(false),
	measure: inRegion((region) => sumOf(insideByRelevance(region).subarray(0, region.size)) / region.size),
};
