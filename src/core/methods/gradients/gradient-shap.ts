import { InvalidRequestError } from "../../../shared/errors";
import type { Tensor } from "../../../shared/tensor";
import { Random } from "../../data/numbers/random";
import { gradientComposite } from "../../rules/composites";
import { concatTensors, sliceTensor } from "../../session/inputs";
import type { ModelSession } from "../../session/model-session";
import { atAnyLayer } from "../at-layer";
import { combine, walk } from "../backward-method";
import { BASELINE_PARAMETERS, baselineOf } from "../baselines";
import { growingBatches } from "../batches";
import { type ExplainedInput, explainedInputs, repeatExamples, repeatOthers, repeatTensor } from "../examples";
import { MapSum } from "../map-sum";
import type { Method, PreparedRequest } from "../method";
import { flagOf, numberOf } from "../parameters";
import { addNoise } from "./noise";

/**
 * Captum 0.9 `GradientShap`; expected gradients. The references are a set: any number of examples in the request's
 * `baselines`, of which each sample draws one (of several inputs the same one), or what the parameter says. All examples
 * of a batch get the same draws, so that none depends on its neighbours.
 */
export const gradientShap: Method = {
	id: "gradient-shap",
	title: "GradientSHAP (expected gradients)",
	family: "gradients",
	answers:
		"How much of the difference between the unit's value on the input and on typical references does each element account for?",
	paper:
		"Lundberg, Lee 2017, A unified approach to interpreting model predictions, arXiv:1705.07874; Erion, Janizek, Sturmfels, Lundberg, Lee 2021, Improving performance of deep learning models with axiomatic attribution priors and expected gradients, arXiv:1906.10670",
	reference: "Captum 0.9 GradientShap; at a layer the path runs between the layer's values",
	formula: "mean over references x', a uniform in [0, 1] and noise e of (x + e - x') * d f(x' + a (x + e - x')) / d x",
	needs: { unit: true, input: true },
	at: "input",
	quantity: "signed",
	promisesCompleteness: true,
	usesSeed: true,
	parameters: [
		{
			name: "n_samples",
			type: "integer",
			default: 5,
			min: 1,
			max: 100_000,
			help: "Points that are drawn; the sum over the map comes close to its promise with many (Captum: n_samples).",
		},
		{
			name: "stdevs",
			type: "number",
			default: 0,
			min: 0,
			max: 1e6,
			help: "Standard deviation of Gaussian noise on the input, in the units of the preprocessed input (Captum: stdevs).",
		},
		...BASELINE_PARAMETERS,
		{
			name: "multiply_by_inputs",
			type: "boolean",
			default: true,
			help: "Multiplies with input minus reference; false gives the mean gradient alone (Captum: multiply_by_inputs).",
		},
	],
	run: atAnyLayer(async function* (session, request) {
		const explained = explainedInputs(session, request);
		const n = explained[0]?.tensor.shape[0] ?? 1;
		const draws = drawnPoints(request, referencesOf(request, explained), numberOf(request, "n_samples"));
		const multiply = flagOf(request, "multiply_by_inputs");
		const sums = explained.map(() => new MapSum());
		const most = Math.max(1, Math.floor(session.batchSize("backward", request.inputs) / n));
		for (const { from, size } of growingBatches(draws.count, most)) {
			const { points, ways } = draws.next(size);
			const inputs = { ...repeatOthers(request.inputs, explained, size), ...points };
			const repeated = { ...request, ...(request.start && { start: repeatTensor(request.start, size) }) };
			const { maps } = await walk(session, { ...repeated, at: "input" }, { composite: gradientComposite }, inputs);
			const ones = new Array<number>(size).fill(1);
			for (const [index, { at, tensor }] of maps.entries())
				sums[index]?.add(multiply ? combine(tensor, ways[at] as Tensor, (g, way) => g * way) : tensor, ones);
			const done = from + size;
			const expectedSum =
				multiply && done === draws.count ? await meanDifference(session, request, draws.references()) : undefined;
			yield {
				maps: explained.map(({ name, channelAxis }, index) => ({
					at: name,
					channelAxis,
					tensor: (sums[index] as MapSum).tensor((sum) => sum / done),
				})),
				progress: done / draws.count,
				...(expectedSum && { expectedSum }),
			};
		}
	}, "propagated"),
};

/** References of an input: a set for all examples, or one for each example. */
interface References {
	readonly input: ExplainedInput;
	readonly tensor: Tensor;
	readonly isSet: boolean;
}

function referencesOf(request: PreparedRequest, explained: readonly ExplainedInput[]): References[] {
	const references = explained.map((input): References => {
		const { name, tensor, channelAxis } = input;
		const given = request.baselines?.[name];
		if (!given || given.shape.length === 0)
			return { input, tensor: baselineOf(request, name, tensor, channelAxis), isSet: false };
		if (given.shape.slice(1).join() !== tensor.shape.slice(1).join() || (given.shape[0] ?? 0) < 1)
			throw new InvalidRequestError(
				`the references of "${name}" have the shape [${given.shape.join(", ")}], but an example has [${tensor.shape.slice(1).join(", ")}]`,
				name,
				"They are any number of examples: the input's shape, but for the first axis.",
			);
		return { input, tensor: given, isSet: true };
	});
	const sizes = new Set(references.filter(({ isSet }) => isSet).map(({ tensor }) => tensor.shape[0] ?? 1));
	if (sizes.size > 1)
		throw new InvalidRequestError(
			`the inputs have different numbers of references: ${[...sizes].join(", ")}`,
			references[0]?.input.name,
			"A reference is one example of all inputs.",
		);
	return references;
}

/** Points between references and noisy inputs, and the ways (noisy input minus reference) they lie on. */
interface Points {
	readonly points: Record<string, Tensor>;
	readonly ways: Record<string, Tensor>;
}

function drawnPoints(request: PreparedRequest, references: readonly References[], count: number) {
	const random = new Random(request.seed);
	const stdevs = numberOf(request, "stdevs");
	const setSize = references.find(({ isSet }) => isSet)?.tensor.shape[0] ?? 1;
	const drawn: number[] = [];
	return {
		count,
		/** The next `size` points, each for all examples. */
		next(size: number): Points {
			const points: Record<string, Tensor> = {};
			const ways: Record<string, Tensor> = {};
			for (const { input } of references) {
				ways[input.name] = repeatTensor(input.tensor, size);
				points[input.name] = repeatTensor(input.tensor, size);
			}
			for (let copy = 0; copy < size; copy++) {
				const share = random.uniform();
				const which = random.integer(setSize);
				drawn.push(which);
				for (const { input, tensor, isSet } of references) {
					const way = ways[input.name]?.data as Float32Array;
					const point = points[input.name]?.data as Float32Array;
					const deviations = new Array<number>(input.tensor.shape[0] ?? 1).fill(stdevs);
					if (stdevs > 0) addNoise(way, input.tensor, copy, deviations, random);
					const length = input.tensor.data.length;
					const size = length / deviations.length;
					for (let at = 0; at < length; at++) {
						const reference = tensor.data[isSet ? which * size + (at % size) : at] as number;
						const place = copy * length + at;
						const distance = (way[place] as number) - reference;
						way[place] = distance;
						point[place] = reference + share * distance;
					}
				}
			}
			return { points, ways };
		},
		/** The references of all draws so far: how often each one of the set was drawn. */
		references: () => ({ references, counts: tally(drawn, setSize) }),
	};
}

function tally(drawn: readonly number[], size: number): number[] {
	const counts = new Array<number>(size).fill(0);
	for (const which of drawn) counts[which] = (counts[which] ?? 0) + 1;
	return counts;
}

/** f(x) minus the mean of f over the references that were drawn, for each example. */
async function meanDifference(
	session: ModelSession,
	{ inputs, unit, signal }: PreparedRequest,
	{ references, counts }: { references: readonly References[]; counts: readonly number[] },
): Promise<number[]> {
	const values = await session.unitValue(inputs, unit, signal);
	const n = values.length;
	const drawn = counts.flatMap((count, which) => (count > 0 ? [{ which, count }] : []));
	const total = drawn.reduce((sum, { count }) => sum + count, 0);
	const most = Math.max(1, Math.floor(session.batchSize("forward", inputs) / n));
	const means = new Array<number>(n).fill(0);
	for (let from = 0; from < drawn.length; from += most) {
		const some = drawn.slice(from, from + most);
		const given: Record<string, Tensor> = repeatExamples(inputs, some.length);
		for (const { input, tensor, isSet } of references) {
			const rows = isSet
				? some.map(({ which }) => repeatTensor(sliceTensor(tensor, which, which + 1), n))
				: [repeatTensor(tensor, some.length)];
			given[input.name] = concatTensors(rows);
		}
		const reached = await session.unitValue(given, unit, signal);
		for (const [copy, { count }] of some.entries())
			for (let example = 0; example < n; example++)
				means[example] = (means[example] ?? 0) + (count / total) * (reached[copy * n + example] ?? 0);
	}
	return Array.from(values, (value, example) => value - (means[example] ?? 0));
}
