import { attributionParameters, descending, preparedAttribution } from "../attribution";
import { fillParameter } from "../fills";
import type { Metric } from "../metric";
import { trapezoid } from "../numbers";
import { PATCH_PARAMETER, patchesOf, sumsOver } from "../patches";
import { softmaxParameter } from "../unit-values";
import { valuesWithout } from "./pixel-flipping";

/** Quantus 0.6 `Selectivity`. */
export const selectivity: Metric = {
	id: "selectivity",
	title: "Selectivity",
	formula: "area under f(x without the k patches of largest sum of a), over k",
	family: "faithfulness",
	answers: "How does the unit fall while regions are removed until nothing is left, the most relevant first?",
	paper: "Montavon, Samek, Müller 2018, Methods for interpreting and understanding deep neural networks",
	reference: "Quantus 0.6 Selectivity; the score is the area under its curve",
	better: "lower",
	needs: {},
	parameters: [PATCH_PARAMETER, fillParameter("black"), ...attributionParameters(false), softmaxParameter(true)],
	async measure(context) {
		const patches = patchesOf(context);
		const order = descending(sumsOver(patches, preparedAttribution(context, context.example.attribution)));
		const groups = [...order].map((patch) => patches[patch] as Int32Array);
		const y = await valuesWithout(context, groups, groups.length);
		const x = y.map((_, at) => (at + 1) / y.length);
		return { score: trapezoid(y), curve: { xTitle: "removed", yTitle: "unit", x, y } };
	},
};
