import type { Tensor } from "../../../shared/tensor";
import { Random } from "../../data/numbers/random";
import { attributionParameters, preparedAttribution } from "../attribution";
import { type Metric, type MetricContext, parameter } from "../metric";
import { meanOf } from "../numbers";
import { softmaxParameter, unitValues, valuesOf, withValues } from "../unit-values";

/** Captum 0.9 `infidelity`. */
export const infidelity: Metric = {
	id: "infidelity",
	title: "Infidelity",
	formula: "mean over I ~ N(0, stdev^2) of (I . a - (f(x) - f(x - I)))^2",
	family: "faithfulness",
	answers: "How far is the loss that the map foretells for a random disturbance from the loss that there is?",
	paper:
		"Yeh, Hsieh, Suggala, Inouye, Ravikumar 2019, On the (in)fidelity and sensitivity of explanations, arXiv:1901.09392",
	reference:
		"Captum 0.9 infidelity with Gaussian disturbances; a map that is already multiplied by the input (integrated gradients) is compared as it is",
	better: "lower",
	needs: {},
	usesSeed: true,
	parameters: [
		{
			name: "n_perturb_samples",
			type: "integer",
			default: 10,
			min: 1,
			help: "Random disturbances (Captum: n_perturb_samples).",
		},
		{
			name: "stdev",
			type: "number",
			default: 0.1,
			min: 0,
			help: "Standard deviation of the disturbance, in the units of the input; it is taken away from the input.",
		},
		{
			name: "normalize",
			type: "boolean",
			default: false,
			help: "Scales the map so that it fits best, which compares maps whose sizes mean nothing (Captum: normalize).",
		},
		...attributionParameters(false, false),
		softmaxParameter(false),
	],
	async measure(context) {
		const { example } = context;
		const map = preparedAttribution(context, example.attribution);
		const values = valuesOf(context);
		const draws = disturbances(context, values.length);
		const edited = draws.map((draw) =>
			withValues(
				context,
				values.map((value, at) => value - (draw[at] ?? 0)),
			),
		);
		const [before = 0] = await unitValues(context, [example.inputs]);
		const after = await unitValues(context, edited);
		const losses = after.map((value) => before - value);
		const foretold = draws.map((draw) => draw.reduce((sum, part, at) => sum + part * (map[at] ?? 0), 0));
		const products = (a: readonly number[], b: readonly number[]) => a.map((value, at) => value * (b[at] ?? 0));
		const [own, both] = [meanOf(products(foretold, foretold)), meanOf(products(foretold, losses))];
		const fit = parameter(context, "normalize", "boolean") && own > 0 ? both / own : 1;
		return { score: fit * fit * own - 2 * fit * both + meanOf(products(losses, losses)) };
	},
};

function disturbances(context: MetricContext, size: number): Float64Array[] {
	const count = parameter(context, "n_perturb_samples", "number");
	const given: Tensor | undefined = context.draws?.perturbations;
	const random = new Random(context.seed);
	const stdev = parameter(context, "stdev", "number");
	return Array.from({ length: count }, (_, sample) =>
		Float64Array.from({ length: size }, (_, at) =>
			given ? (given.data[sample * size + at] ?? 0) : stdev * random.gaussian(),
		),
	);
}
