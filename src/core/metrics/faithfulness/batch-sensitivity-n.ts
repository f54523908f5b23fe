import { UnsupportedError } from "../../../shared/errors";
import { attributionParameters, descending, largestOf, preparedAttribution } from "../attribution";
import { fillParameter } from "../fills";
import { type Metric, type MetricContext, parameter } from "../metric";
import { meanOf, pearson } from "../numbers";
import { positionsOf } from "../patches";
import { softmaxParameter, unitValues } from "../unit-values";
import { valuesWithout } from "./pixel-flipping";

/** Quantus 0.6 `SensitivityN`. */
export const batchSensitivityN: Metric = {
	id: "batch-sensitivity-n",
	title: "Sensitivity-n over examples",
	formula:
		"mean over k of the Pearson correlation over examples: sum of a in step k; f(x) - f(x without the first k steps)",
	family: "faithfulness",
	answers: "Across examples, do the map's sums go with what the unit loses, step by step of removal?",
	paper:
		"Ancona, Ceolini, Öztireli, Gross 2018, Towards better understanding of gradient-based attribution methods for deep neural networks, arXiv:1711.06104",
	reference:
		"Quantus 0.6 SensitivityN: Pearson's correlation over the examples at each step of removing the most relevant elements, the mean over the steps",
	better: "higher",
	needs: { examples: true },
	parameters: [
		{
			name: "features_in_step",
			type: "integer",
			default: 0,
			min: 0,
			help: "Elements of a step; 0: a hundredth of them (Quantus: features_in_step, default 1).",
		},
		{
			name: "n_max_percentage",
			type: "number",
			default: 0.8,
			min: 0,
			max: 1,
			help: "Share of the positions up to which steps count (Quantus: n_max_percentage).",
		},
		fillParameter("black"),
		...attributionParameters(false),
		softmaxParameter(false),
	],
	async measure(context) {
		if (context.examples.length < 3)
			throw new UnsupportedError(
				`a correlation over ${context.examples.length} examples says nothing`,
				"batch-sensitivity-n",
				"Give a batch of examples, or take sensitivity-n.",
			);
		const steps: { losses: number[]; sums: number[] }[] = [];
		// One scale for all examples: sums are compared across them.
		const largest = Math.max(...context.examples.map(({ attribution }) => largestOf(attribution)));
		for (const example of context.examples) steps.push(await removal({ ...context, example }, largest));
		const { extents } = positionsOf(context.example);
		const size = stepOf(context);
		const most = Math.floor(
			(parameter(context, "n_max_percentage", "number") * extents.reduce((product, extent) => product * extent, 1)) /
				size,
		);
		const count = Math.min(most, ...steps.map(({ losses }) => losses.length));
		const y = Array.from({ length: count }, (_, step) =>
			pearson(
				steps.map(({ losses }) => losses[step] ?? 0),
				steps.map(({ sums }) => sums[step] ?? 0),
			),
		);
		return { score: meanOf(y), curve: { xTitle: "step", yTitle: "correlation", x: y.map((_, at) => at + 1), y } };
	},
};

const stepOf = (context: MetricContext) =>
	parameter(context, "features_in_step", "number") || Math.max(1, Math.round(context.example.attribution.length / 100));

async function removal(context: MetricContext, largest: number): Promise<{ losses: number[]; sums: number[] }> {
	const map = preparedAttribution(context, context.example.attribution, largest);
	const order = descending(map);
	const size = stepOf(context);
	const groups: Int32Array[] = [];
	for (let from = 0; from < order.length; from += size) groups.push(order.subarray(from, from + size));
	const [before = 0] = await unitValues(context, [context.example.inputs]);
	const after = await valuesWithout(context, groups, groups.length);
	return {
		losses: after.map((value) => before - value),
		sums: groups.map((group) => group.reduce((sum, element) => sum + (map[element] ?? 0), 0)),
	};
}
