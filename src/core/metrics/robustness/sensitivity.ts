import { UnsupportedError } from "../../../shared/errors";
import { Random } from "../../data/numbers/random";
import { attributionParameters, preparedAttribution } from "../attribution";
import { type Metric, type MetricContext, parameter } from "../metric";
import { meanOf, norm } from "../numbers";
import { valuesOf, withValues } from "../unit-values";

const shared = {
	family: "robustness",
	paper:
		"Yeh, Hsieh, Suggala, Inouye, Ravikumar 2019, On the (in)fidelity and sensitivity of explanations, arXiv:1901.09392",
	better: "lower",
	needs: { method: true },
	usesSeed: true,
	parameters: [
		{
			name: "nr_samples",
			type: "integer",
			default: 10,
			min: 1,
			help: "Disturbed inputs that are explained (Quantus: nr_samples, default 200; Captum: n_perturb_samples).",
		},
		{
			name: "radius",
			type: "number",
			default: 0.02,
			min: 0,
			help: "Each element moves by a uniform random number up to this, in the units of the input (Captum: perturb_radius; Quantus: 0.2).",
		},
		...attributionParameters(false, false),
	],
} as const satisfies Partial<Metric>;

/** Captum 0.9 `sensitivity_max`, Quantus 0.6 `MaxSensitivity`. */
export const maxSensitivity: Metric = {
	...shared,
	id: "max-sensitivity",
	title: "Max-sensitivity",
	formula: "max over x' with |x' - x|_inf <= radius of |a(x') - a(x)| / |a(x)|",
	answers: "How far does the map change at most when the input is disturbed a little?",
	reference:
		"Captum 0.9 sensitivity_max (norm_ord fro) and Quantus 0.6 MaxSensitivity: |map - map of the disturbed input| / |map|",
	measure: async (context) => ({ score: Math.max(...(await changes(context))) }),
};

/** Quantus 0.6 `AvgSensitivity`. */
export const avgSensitivity: Metric = {
	...shared,
	id: "avg-sensitivity",
	title: "Mean sensitivity",
	formula: "mean over x' with |x' - x|_inf <= radius of |a(x') - a(x)| / |a(x)|",
	answers: "How far does the map change on average when the input is disturbed a little?",
	reference: "Quantus 0.6 AvgSensitivity: |map - map of the disturbed input| / |map|",
	measure: async (context) => ({ score: meanOf(await changes(context)) }),
};

/** Relative change of the map for each disturbed input. */
async function changes(context: MetricContext): Promise<number[]> {
	const { explain, example, draws } = context;
	if (!explain)
		throw new UnsupportedError(
			"a stored map cannot be made again for other inputs",
			undefined,
			"Run the method instead.",
		);
	const map = preparedAttribution(context, example.attribution);
	const values = valuesOf(context);
	const random = new Random(context.seed);
	const radius = parameter(context, "radius", "number");
	const given = draws?.perturbations;
	const length = norm(map);
	const results: number[] = [];
	const samples = parameter(context, "nr_samples", "number");
	for (let sample = 0; sample < samples; sample++) {
		const disturbed = values.map(
			(value, at) =>
				value + (given ? (given.data[sample * values.length + at] ?? 0) : radius * (2 * random.uniform() - 1)),
		);
		const other = preparedAttribution(context, await explain(withValues(context, disturbed)));
		context.progress?.((sample + 1) / samples);
		results.push(norm(map.map((value, at) => value - (other[at] ?? 0))) / (length === 0 ? 1 : length));
	}
	return results;
}
