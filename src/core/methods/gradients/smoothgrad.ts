import type { MethodDescription } from "../../../shared/methods";
import type { AttributionMap } from "../../../shared/result";
import { Random } from "../../data/numbers/random";
import type { ModelSession } from "../../session/model-session";
import { atAnyLayer } from "../at-layer";
import { growingBatches } from "../batches";
import { explainedInputs, repeatOthers, repeatTensor } from "../examples";
import { MapSum } from "../map-sum";
import type { Method, PreparedRequest } from "../method";
import { flagOf, numberOf } from "../parameters";
import { gradientTerms, summedGradients } from "../summed-gradients";
import { addNoise, deviationsOf, NOISE_PARAMETERS } from "./noise";

const shared = {
	family: "gradients",
	needs: { unit: true, input: true },
	at: "input",
	promisesCompleteness: false,
	usesSeed: true,
} as const satisfies Partial<MethodDescription>;

/** PAIR saliency 0.2 `GetSmoothedMask`; Captum 0.9 `NoiseTunnel` with `nt_type="smoothgrad"`. */
export const smoothgrad: Method = {
	...shared,
	id: "smoothgrad",
	title: "SmoothGrad",
	answers: "Which elements matter to the unit on average over small disturbances of the input?",
	paper: "Smilkov, Thorat, Kim, Viégas, Wattenberg 2017, SmoothGrad: removing noise by adding noise, arXiv:1706.03825",
	reference:
		"PAIR saliency 0.2 (25 samples, 15 % noise); Captum 0.9 NoiseTunnel(Saliency(abs=False)) where stdevs_unit is absolute. At a layer the noise is still the input's",
	formula: "mean over noise of d f(x + noise) / d x",
	quantity: "signed",
	parameters: [
		...NOISE_PARAMETERS,
		{ name: "abs", type: "boolean", default: false, help: "Absolute value of each gradient before the mean." },
	],
	run: overNoise((request) => {
		const absolute = flagOf(request, "abs");
		return {
			quantity: absolute ? "unsigned" : "signed",
			terms: [absolute ? Math.abs : asItIs],
		};
	}),
};

/** Captum 0.9 `NoiseTunnel` with `nt_type="smoothgrad_sq"`; PAIR saliency 0.2 `GetSmoothedMask` with `magnitude=True`. */
export const smoothgradSquared: Method = {
	...shared,
	id: "smoothgrad-squared",
	title: "SmoothGrad squared",
	answers:
		"Which elements, changed a little, change the unit much on average over small disturbances, whatever the sign?",
	paper:
		"Hooker, Erhan, Kindermans, Kim 2019, A benchmark for interpretability methods in deep neural networks, arXiv:1806.10758",
	reference: "Captum 0.9 NoiseTunnel, nt_type smoothgrad_sq; PAIR saliency 0.2 GetSmoothedMask, magnitude",
	formula: "mean over noise of (d f(x + noise) / d x)^2",
	quantity: "unsigned",
	parameters: NOISE_PARAMETERS,
	run: overNoise(() => ({ quantity: "unsigned", terms: [squared] })),
};

/** Captum 0.9 `NoiseTunnel` with `nt_type="vargrad"`. */
export const varGrad: Method = {
	...shared,
	id: "vargrad",
	title: "VarGrad",
	answers: "At which elements does the gradient depend on small disturbances of the input the most?",
	paper:
		"Adebayo, Gilmer, Goodfellow, Kim 2018, Local explanation methods for deep neural networks lack sensitivity to parameter values, arXiv:1810.03307",
	reference: "Captum 0.9 NoiseTunnel, nt_type vargrad: the variance of the samples, divided by their number",
	formula: "variance over noise of d f(x + noise) / d x",
	quantity: "unsigned",
	parameters: NOISE_PARAMETERS,
	run: overNoise(() => ({
		quantity: "unsigned",
		terms: [squared, asItIs],
		result: (meanSquare, mean = 0) => Math.max(0, meanSquare - mean * mean),
	})),
};

const asItIs = undefined;
const squared = (value: number) => value * value;

/** What is made of the gradients of the disturbed inputs. */
interface Statistic {
	readonly quantity: "signed" | "unsigned";
	/** Of each element of a gradient; their means are taken. */
	readonly terms: readonly (((gradient: number) => number) | undefined)[];
	/** Of an element, from the means of its terms; absent: the mean of the first. */
	readonly result?: (mean: number, second?: number) => number;
}

/** At a layer the noise is that of the inputs; a model of tokens alone, which take no noise, is disturbed at the layer. */
function overNoise(statisticOf: (request: PreparedRequest) => Statistic): Method["run"] {
	const run: Method["run"] = (session, request) => samples(session, request, statisticOf(request));
	const atLayer = atAnyLayer(run);
	return (session, request) => {
		const takesNoise = session.graph.inputs.some(
			({ dtype, name }) => dtype === "float32" && !request.held?.includes(name),
		);
		return takesNoise ? run(session, request) : atLayer(session, request);
	};
}

async function* samples(
	session: ModelSession,
	request: PreparedRequest,
	statistic: Statistic,
): ReturnType<Method["run"]> {
	const count = numberOf(request, "nt_samples");
	const explained = explainedInputs(session, request).map((input) => ({
		...input,
		deviations: deviationsOf(request, input),
	}));
	const n = explained[0]?.tensor.shape[0] ?? 1;
	const random = new Random(request.seed);
	const most = Math.max(1, Math.floor(session.batchSize("backward", request.inputs) / n));
	const sums: MapSum[][] = [];
	const gradientsOf = statistic.terms.every((term) => term === asItIs) ? summedGradients : gradientTerms;
	for (const { from, size } of growingBatches(count, most)) {
		const inputs = repeatOthers(request.inputs, explained, size);
		for (const { name, tensor } of explained) inputs[name] = repeatTensor(tensor, size);
		for (let copy = 0; copy < size; copy++)
			for (const { name, tensor, deviations } of explained)
				addNoise(inputs[name]?.data as Float32Array, tensor, copy, deviations, random);
		const repeated = { ...request, ...(request.start && { start: repeatTensor(request.start, size) }) };
		const { maps, weights } = await gradientsOf(session, repeated, inputs, new Array<number>(size).fill(1));
		const averaged = maps.map(({ at, channelAxis, tensor }, index): AttributionMap => {
			sums[index] ??= statistic.terms.map(() => new MapSum());
			const [first, second] = sums[index];
			for (const [term, change] of statistic.terms.entries()) sums[index][term]?.add(tensor, weights, change);
			const done = from + size;
			const { result = (mean) => mean } = statistic;
			const others = second?.values() ?? [];
			const mean = (sum: number, element: number) => result(sum / done, (others[element] ?? 0) / done);
			return { at, channelAxis, tensor: (first as MapSum).tensor(mean) };
		});
		yield { maps: averaged, quantity: statistic.quantity, progress: (from + size) / count };
	}
}
