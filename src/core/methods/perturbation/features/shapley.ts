import { InvalidRequestError } from "../../../../shared/errors";
import { Random } from "../../../data/numbers/random";
import { atAnyLayer } from "../../at-layer";
import type { Method } from "../../method";
import { numberOf } from "../../parameters";
import { REFERENCE_PARAMETERS } from "../fills";
import { type Coalition, Coalitions, type Step } from "./coalitions";
import { completeness, type FeatureSet, featureMaps, featureSizes, featuresOf } from "./feature-set";
import { type FeatureBudget, segmentParameters } from "./segments";

/** Features above which 2^n coalitions are too many. */
const MOST_EXACT = 20;
const FEW_FEATURES: FeatureBudget = { few: 10, cells: 3 };

const description = {
	family: "perturbation",
	formula: "mean over orders of the features of f(those before and it) - f(those before)",
	needs: { unit: true, input: true },
	at: "input",
	quantity: "signed",
	usesSeed: true,
} as const;

/** Captum 0.9 `ShapleyValueSampling`. */
export const shapleySampling: Method = {
	...description,
	id: "shapley-value-sampling",
	title: "Shapley value sampling",
	answers: "What does each feature add on average, when features are put in one after the other in random order?",
	paper:
		"Castro, Gómez, Tejada 2009, Polynomial calculation of the Shapley value based on sampling, doi:10.1016/j.cor.2008.04.004",
	reference: "Captum 0.9 ShapleyValueSampling: the value of a feature is written to each of its elements",
	promisesCompleteness: true,
	parameters: [
		{
			name: "n_samples",
			type: "integer",
			default: 25,
			min: 1,
			max: 100_000,
			help: "Random orders of the features; each takes one forward pass for every feature (Captum: n_samples).",
		},
		...segmentParameters(),
		...REFERENCE_PARAMETERS,
	],
	run: atAnyLayer(async function* (session, request) {
		const features = featuresOf(session, request);
		const { count, examples } = features;
		const orders = numberOf(request, "n_samples");
		const coalitions = new Coalitions(session, request, features);
		const { whole, empty } = await coalitions.extremes();
		const [sums, turns] = [new Float64Array(count * examples), new Uint32Array(count)];
		let before = empty;
		let done = 0;
		for await (const { steps, values } of coalitions.evaluate(randomOrders(count, orders, request.seed))) {
			for (const [step, { feature, first }] of steps.entries()) {
				const now = values.subarray(step * examples, (step + 1) * examples);
				if (first) before = empty;
				turns[feature] = (turns[feature] as number) + 1;
				for (let example = 0; example < examples; example++) {
					const index = feature * examples + example;
					sums[index] = (sums[index] as number) + (now[example] as number) - (before[example] as number);
				}
				before = now;
			}
			done += steps.length;
			const means = sums.map((sum, index) => sum / Math.max(1, turns[Math.floor(index / examples)] as number));
			yield {
				maps: featureMaps(features, means),
				progress: done / (count * orders),
				unitValue: whole[0] as number,
				...completeness(features, means, whole, empty),
			};
		}
	}),
};

interface Arrival extends Step {
	readonly feature: number;
	/** The first of its order: nothing else is there. */
	readonly first: boolean;
}

/** Coalitions that grow by one feature at a time, in random orders. */
function* randomOrders(count: number, orders: number, seed: number): Generator<Arrival, void, void> {
	const random = new Random(seed);
	const order = Array.from({ length: count }, (_, feature) => feature);
	for (let turn = 0; turn < orders; turn++) {
		const present = new Uint8Array(count);
		for (const [place, feature] of random.shuffle(order).entries()) {
			present[feature] = 1;
			yield { present: present.slice(), feature, first: place === 0 };
		}
	}
}

/** Captum 0.9 `ShapleyValues`. */
export const shapleyValues: Method = {
	...description,
	id: "shapley-values",
	title: "Shapley values",
	answers: "What does each feature add on average over all orders of putting features in?",
	paper: "Shapley 1953, A value for n-person games, doi:10.1515/9781400881970-018",
	reference:
		"Captum 0.9 ShapleyValues: the same numbers from the 2^n coalitions of n features instead of their n! orders",
	promisesCompleteness: true,
	parameters: [...segmentParameters(FEW_FEATURES), ...REFERENCE_PARAMETERS],
	run: atAnyLayer(async function* (session, request) {
		const features = featuresOf(session, request, FEW_FEATURES);
		const { count, examples } = features;
		if (count > MOST_EXACT)
			throw new InvalidRequestError(
				`exact Shapley values of ${count} features take 2^${count} forward passes; at most ${MOST_EXACT} features are taken`,
				"feature_mask",
				"Take larger segments (feature_mask=grid, cells=4), a mask, or shapley-value-sampling.",
			);
		const coalitions = new Coalitions(session, request, features);
		const { whole, empty } = await coalitions.extremes();
		const shapley = new ExactShapley(features);
		let done = 0;
		for await (const { steps, values } of coalitions.evaluate(allCoalitions(count))) {
			for (const [index, { present }] of steps.entries())
				shapley.add(present, values.subarray(index * examples, (index + 1) * examples));
			done += steps.length;
			yield {
				maps: featureMaps(features, shapley.values),
				progress: done / 2 ** count,
				unitValue: whole[0] as number,
				...completeness(features, shapley.values, whole, empty),
			};
		}
	}),
};

/** All coalitions of `count` features, in the order of counting in binary. */
export function* allCoalitions(count: number): Generator<Step, void, void> {
	for (let number = 0; number < 2 ** count; number++)
		yield { present: Uint8Array.from({ length: count }, (_, feature) => (number >> feature) & 1) };
}

/**
 * Shapley values as a sum over coalitions S: a feature i in S gets (|S| - 1)! (n - |S|)! / n! of f(S), one that is not
 * loses |S|! (n - |S| - 1)! / n! of it.
 */
class ExactShapley {
	readonly values: Float64Array;
	private readonly sizes: Float64Array;

	constructor(private readonly features: FeatureSet) {
		this.values = new Float64Array(features.count * features.examples);
		this.sizes = featureSizes(features);
	}

	add(coalition: Coalition, value: Float32Array): void {
		const { count, examples } = this.features;
		const size = coalition.reduce((sum, present) => sum + present, 0);
		const [gain, loss] = [
			size > 0 ? 1 / (size * binomial(count, size)) : 0,
			size < count ? 1 / ((count - size) * binomial(count, size)) : 0,
		];
		for (let feature = 0; feature < count; feature++) {
			const weight = coalition[feature] === 1 ? gain : -loss;
			for (let example = 0; example < examples; example++) {
				const index = feature * examples + example;
				// A feature that the example lacks changes nothing; what rounding would leave of it is 0.
				if ((this.sizes[index] as number) > 0)
					this.values[index] = (this.values[index] as number) + weight * (value[example] as number);
			}
		}
	}
}

export function binomial(n: number, k: number): number {
	let result = 1;
	for (let at = 1; at <= Math.min(k, n - k); at++) result = (result * (n - at + 1)) / at;
	return result;
}
