import { Random } from "../../../data/numbers/random";
import { atAnyLayer } from "../../at-layer";
import type { Method } from "../../method";
import { numberOf, textOf } from "../../parameters";
import { REFERENCE_PARAMETERS } from "../fills";
import { type Coalition, Coalitions, type Step } from "./coalitions";
import { type FeatureSet, featureMaps, featuresOf } from "./feature-set";
import { Moments } from "./regression";
import { segmentParameters } from "./segments";
import { byFeature, checkFeatures, fitsBefore, tooFewSamples } from "./surrogate";

/** Captum 0.9 `Lime`. */
export const lime: Method = {
	id: "lime",
	title: "LIME",
	family: "perturbation",
	answers: "Which linear model of the features' presence is nearest to the unit around the input?",
	paper:
		"Ribeiro, Singh, Guestrin 2016, 'Why should I trust you?': Explaining the predictions of any classifier, arXiv:1602.04938",
	reference:
		"Captum 0.9 Lime: each feature kept with probability 0.5, an exponential kernel over the distance of the inputs, lasso with alpha 0.01 (the package lime takes ridge)",
	formula: "argmin over c of sum of exp(-d^2 / (2 width^2)) (f(x') - c z' - b)^2 + penalty(c)",
	needs: { unit: true, input: true },
	at: "input",
	quantity: "signed",
	promisesCompleteness: false,
	usesSeed: true,
	parameters: [
		{
			name: "n_samples",
			type: "integer",
			default: 25,
			min: 1,
			max: 1_000_000,
			help: "Random coalitions of features (Captum: n_samples, lime: num_samples, 1000 there).",
		},
		{
			name: "distance_mode",
			type: "choice",
			default: "cosine",
			choices: ["cosine", "euclidean"],
			help: "How far a changed input is from the input (Captum: distance_mode).",
		},
		{
			name: "kernel_width",
			type: "number",
			default: 1,
			min: 1e-6,
			max: 1e9,
			help: "Distance at which a sample still counts exp(-1/2) (Captum: kernel_width).",
		},
		{
			name: "interpretable_model",
			type: "choice",
			default: "lasso",
			choices: ["lasso", "ridge", "linear"],
			help: "Which linear model is fitted, with an intercept (Captum: SkLearnLasso, SkLearnRidge, SkLearnLinearRegression).",
		},
		{
			name: "alpha",
			type: "number",
			default: 0.01,
			min: 0,
			max: 1e9,
			help: "Weight of the penalty of lasso and ridge, as in scikit-learn.",
		},
		...segmentParameters(),
		...REFERENCE_PARAMETERS,
	],
	run: atAnyLayer(async function* (session, request) {
		const features = featuresOf(session, request);
		checkFeatures(features);
		const { count, examples } = features;
		const samples = numberOf(request, "n_samples");
		const coalitions = new Coalitions(session, request, features);
		const distances = new Distances(features, coalitions);
		const mode = textOf(request, "distance_mode");
		const width = numberOf(request, "kernel_width");
		const alpha = numberOf(request, "alpha");
		const model = textOf(request, "interpretable_model");
		const whole = await session.unitValue(request.inputs, request.unit, request.signal);
		const moments = Array.from(whole, () => new Moments(count));
		const fit = (own: Moments) =>
			model === "lasso" ? own.lasso(alpha) : model === "ridge" ? own.ridge(alpha) : own.linear();
		const notices = tooFewSamples(features, samples);
		let done = 0;
		for await (const { steps, values } of coalitions.evaluate(halves(count, samples, request.seed))) {
			for (const [step, { present }] of steps.entries()) {
				for (let example = 0; example < examples; example++) {
					const distance =
						mode === "cosine" ? distances.cosine(present, example) : distances.euclidean(present, example);
					const weight = Math.exp(-(distance ** 2) / (2 * width ** 2));
					moments[example]?.add(present, values[step * examples + example] as number, weight);
				}
			}
			done += steps.length;
			if (done < samples && !fitsBefore(features)) continue;
			const maps = featureMaps(features, byFeature(features, moments.map(fit)));
			yield { maps, progress: done / samples, unitValue: whole[0] as number, notices };
		}
	}),
};

function* halves(count: number, samples: number, seed: number): Generator<Step, void, void> {
	const random = new Random(seed);
	for (let sample = 0; sample < samples; sample++)
		yield { present: Uint8Array.from({ length: count }, () => random.bits() >>> 31) };
}

/** Distances of changed inputs from the inputs, all inputs laid in one row, from sums over the elements of each feature. */
class Distances {
	/** Feature by feature, all examples of each: x x, x r and r r for the input x and the reference r. */
	private readonly sums: readonly [Float64Array, Float64Array, Float64Array];

	constructor(
		private readonly features: FeatureSet,
		coalitions: Coalitions,
	) {
		const { count, examples, inputs } = features;
		const empty = () => new Float64Array(count * examples);
		const sums = [empty(), empty(), empty()] as const;
		for (const [input, { labels, tensor }] of inputs.entries()) {
			const size = labels.length / Math.max(1, examples);
			const reference = coalitions.reference(input).data;
			for (let at = 0; at < labels.length; at++) {
				const index = (labels[at] as number) * examples + Math.floor(at / size);
				const [x, r] = [tensor.data[at] as number, reference[at] as number];
				sums[0][index] = (sums[0][index] as number) + x * x;
				sums[1][index] = (sums[1][index] as number) + x * r;
				sums[2][index] = (sums[2][index] as number) + r * r;
			}
		}
		this.sums = sums;
	}

	/** 1 minus the cosine of the angle between input and changed input; 1 where either is zero. */
	cosine(present: Coalition, example: number): number {
		const { own, product, changed } = this.products(present, example);
		return 1 - product / Math.max(Math.sqrt(own * changed), 1e-8);
	}

	euclidean(present: Coalition, example: number): number {
		const { own, product, changed } = this.products(present, example);
		return Math.sqrt(Math.max(0, own - 2 * product + changed));
	}

	private products(present: Coalition, example: number): { own: number; product: number; changed: number } {
		const [xx, xr, rr] = this.sums;
		let [own, product, changed] = [0, 0, 0];
		for (let feature = 0; feature < present.length; feature++) {
			const index = feature * this.features.examples + example;
			own += xx[index] as number;
			product += (present[feature] === 1 ? xx[index] : xr[index]) as number;
			changed += (present[feature] === 1 ? xx[index] : rr[index]) as number;
		}
		return { own, product, changed };
	}
}
