import { Random } from "../../../data/numbers/random";
import { atAnyLayer } from "../../at-layer";
import type { Method } from "../../method";
import { numberOf } from "../../parameters";
import { REFERENCE_PARAMETERS } from "../fills";
import { Coalitions, type Step } from "./coalitions";
import { completeness, featureMaps, featuresOf } from "./feature-set";
import { Moments } from "./regression";
import { segmentParameters } from "./segments";
import { allCoalitions, binomial } from "./shapley";
import { byFeature, checkFeatures, fitsBefore, tooFewSamples } from "./surrogate";

/** Captum 0.9 `KernelShap`. */
export const kernelShap: Method = {
	id: "kernel-shap",
	title: "KernelSHAP",
	family: "perturbation",
	answers: "What does each feature add on average (its Shapley value), estimated by a linear model over coalitions?",
	paper: "Lundberg, Lee 2017, A unified approach to interpreting model predictions, arXiv:1705.07874",
	reference:
		"Captum 0.9 KernelShap, whose weight of 1e6 for the full and the empty coalition is a constraint here; where n_samples covers all coalitions, each is taken once with the kernel as its weight: the Shapley values",
	formula: "weighted least squares of f on coalitions S, weight (n - 1) / (C(n, |S|) |S| (n - |S|))",
	needs: { unit: true, input: true },
	at: "input",
	quantity: "signed",
	promisesCompleteness: true,
	usesSeed: true,
	parameters: [
		{
			name: "n_samples",
			type: "integer",
			default: 25,
			min: 2,
			max: 1_000_000,
			help: "Coalitions of features, the full and the empty one among them; for n features some 2 n + 2000 give a good estimate (Captum: n_samples).",
		},
		...segmentParameters(),
		...REFERENCE_PARAMETERS,
	],
	run: atAnyLayer(async function* (session, request) {
		const features = featuresOf(session, request);
		checkFeatures(features);
		const { count, examples } = features;
		const samples = numberOf(request, "n_samples");
		const all = samples >= 2 ** count;
		const total = (all ? 2 ** count : samples) - 2;
		const coalitions = new Coalitions(session, request, features);
		const { whole, empty } = await coalitions.extremes();
		const gains = Array.from(whole, (value, example) => value - (empty[example] as number));
		const moments = gains.map(() => new Moments(count));
		// Values are the even share of the gain, and what the coalitions say beyond it, which sums to 0.
		const valuesNow = () =>
			byFeature(
				features,
				moments.map((own, example) => {
					const beyond = own.throughOrigin();
					const mean = beyond.reduce((sum, value) => sum + value, 0) / count;
					return beyond.map((value) => value - mean + (gains[example] as number) / count);
				}),
			);
		const notices = all ? [] : tooFewSamples(features, samples);
		const result = (progress: number) => {
			const values = valuesNow();
			return {
				maps: featureMaps(features, values),
				progress,
				unitValue: whole[0] as number,
				notices,
				...completeness(features, values, whole, empty),
			};
		};
		let done = 0;
		const steps = all ? everyWeighted(count) : sampled(count, total, request.seed);
		for await (const { steps: batch, values } of coalitions.evaluate(steps)) {
			for (const [step, { present, weight }] of batch.entries()) {
				const share = present.reduce((sum, one) => sum + one, 0) / count;
				const row = Float64Array.from(present, (one) => one - share);
				for (let example = 0; example < examples; example++) {
					const value = (values[step * examples + example] as number) - (empty[example] as number);
					moments[example]?.add(row, value - share * (gains[example] as number), weight);
				}
			}
			done += batch.length;
			if (done < total && fitsBefore(features)) yield result(done / total);
		}
		yield result(1);
	}),
};

interface Weighted extends Step {
	readonly weight: number;
}

/** Every coalition but the full and the empty one, with the Shapley kernel as its weight. */
function* everyWeighted(count: number): Generator<Weighted, void, void> {
	for (const { present } of allCoalitions(count)) {
		const size = present.reduce((sum, one) => sum + one, 0);
		if (size === 0 || size === count) continue;
		yield { present, weight: (count - 1) / (binomial(count, size) * size * (count - size)) };
	}
}

/** Coalitions drawn with a probability that stands for the kernel: a size k by 1 / (k (n - k)), then k features of n. */
function* sampled(count: number, total: number, seed: number): Generator<Weighted, void, void> {
	if (count < 2) return;
	const random = new Random(seed);
	const cumulative: number[] = [];
	let sum = 0;
	for (let size = 1; size < count; size++) {
		sum += 1 / (size * (count - size));
		cumulative.push(sum);
	}
	const order = Array.from({ length: count }, (_, feature) => feature);
	for (let sample = 0; sample < total; sample++) {
		const point = random.uniform() * sum;
		const size =
			1 +
			Math.max(
				0,
				cumulative.findIndex((limit) => point < limit),
			);
		const present = new Uint8Array(count);
		for (const feature of random.shuffle(order).slice(0, size)) present[feature] = 1;
		yield { present, weight: 1 };
	}
}
