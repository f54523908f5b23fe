import { Random } from "../../data/numbers/random";
import { attributionParameters, preparedAttribution } from "../attribution";
import { fillParameter, fillValue } from "../fills";
import { type Metric, type MetricContext, parameter } from "../metric";
import { pearson } from "../numbers";
import { softmaxParameter, unitValues, valuesOf, withValues } from "../unit-values";

/** Ancona et al. 2018, on one example. */
export const sensitivityN: Metric = {
	id: "sensitivity-n",
	title: "Sensitivity-n",
	formula: "Pearson correlation over random subsets S of n elements: sum of a over S; f(x) - f(x without S)",
	family: "faithfulness",
	answers: "Do the map's sums over random sets of n elements go with what the unit loses when they are removed?",
	paper:
		"Ancona, Ceolini, Öztireli, Gross 2018, Towards better understanding of gradient-based attribution methods for deep neural networks, arXiv:1711.06104",
	reference: "Pearson's correlation over random subsets of one size, elements removed to a number, as in the paper",
	better: "higher",
	needs: {},
	usesSeed: true,
	parameters: [
		{ name: "n", type: "integer", default: 0, min: 0, help: "Elements of a subset; 0: a tenth of them." },
		{ name: "subsets", type: "integer", default: 100, min: 3, help: "Random subsets." },
		fillParameter("0"),
		...attributionParameters(false, false),
		softmaxParameter(false),
	],
	async measure(context) {
		const map = preparedAttribution(context, context.example.attribution);
		const values = valuesOf(context);
		const fill = fillValue(context, values);
		const subsets = subsetsOf(context, values.length);
		const [before = 0] = await unitValues(context, [context.example.inputs]);
		const edited = subsets.map((subset) => {
			const data = values.slice();
			for (const element of subset) data[element] = fill;
			return withValues(context, data);
		});
		const losses = (await unitValues(context, edited)).map((value) => before - value);
		const sums = subsets.map((subset) => subset.reduce((sum, element) => sum + (map[element] ?? 0), 0));
		return { score: pearson(sums, losses) };
	},
};

function subsetsOf(context: MetricContext, size: number): Int32Array[] {
	const given = context.draws?.subsets;
	if (given)
		return Array.from({ length: given.shape[0] ?? 0 }, (_, subset) =>
			Int32Array.from([...Array(size).keys()].filter((element) => given.data[subset * size + element])),
		);
	const random = new Random(context.seed);
	const n = Math.min(size, parameter(context, "n", "number") || Math.max(1, Math.round(size / 10)));
	return Array.from({ length: parameter(context, "subsets", "number") }, () => {
		const elements = Int32Array.from({ length: size }, (_, at) => at);
		for (let at = 0; at < n; at++) {
			const other = at + random.integer(size - at);
			[elements[at], elements[other]] = [elements[other] as number, elements[at] as number];
		}
		return elements.slice(0, n);
	});
}
