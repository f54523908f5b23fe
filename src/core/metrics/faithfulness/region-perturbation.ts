import { attributionParameters, descending, preparedAttribution } from "../attribution";
import { fillParameter } from "../fills";
import { type Metric, parameter } from "../metric";
import { meanOf } from "../numbers";
import { PATCH_PARAMETER, patchesOf, sumsOver } from "../patches";
import { softmaxParameter, unitValues } from "../unit-values";
import { valuesWithout } from "./pixel-flipping";

/** Quantus 0.6 `RegionPerturbation`. */
export const regionPerturbation: Metric = {
	id: "region-perturbation",
	title: "Region perturbation (MoRF, LeRF)",
	formula: "mean over k of f(x) - f(x without the k patches of largest sum of a)",
	family: "faithfulness",
	answers: "How much does the unit lose when whole regions are removed, the most (or least) relevant first?",
	paper:
		"Samek, Binder, Montavon, Lapuschkin, Müller 2015, Evaluating the visualization of what a deep neural network has learned, arXiv:1509.06321",
	reference:
		"Quantus 0.6 RegionPerturbation; the score is the mean loss over the steps (the area over the perturbation curve)",
	better: "higher",
	needs: {},
	parameters: [
		PATCH_PARAMETER,
		{
			name: "regions_evaluation",
			type: "integer",
			default: 100,
			min: 1,
			help: "Regions that are removed at most (Quantus: regions_evaluation).",
		},
		{
			name: "order",
			type: "choice",
			default: "morf",
			choices: ["morf", "lerf"],
			help: "Most relevant first, or least relevant first, where a small loss speaks for the map (Quantus: order).",
		},
		fillParameter("black"),
		...attributionParameters(false),
		softmaxParameter(true),
	],
	async measure(context) {
		const patches = patchesOf(context);
		const sums = sumsOver(patches, preparedAttribution(context, context.example.attribution));
		const sign = parameter(context, "order", "string") === "lerf" ? -1 : 1;
		const order = descending(sums.map((sum) => sign * sum));
		const groups = [...order.subarray(0, parameter(context, "regions_evaluation", "number"))].map(
			(patch) => patches[patch] as Int32Array,
		);
		const [before = 0] = await unitValues(context, [context.example.inputs]);
		const after = await valuesWithout(context, groups, groups.length);
		const y = after.map((value) => before - value);
		return {
			score: meanOf(y),
			curve: { xTitle: "regions removed", yTitle: "loss of the unit", x: y.map((_, at) => at + 1), y },
		};
	},
};
