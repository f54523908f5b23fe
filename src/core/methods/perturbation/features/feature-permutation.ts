import { InvalidRequestError } from "../../../../shared/errors";
import type { Tensor } from "../../../../shared/tensor";
import { Random } from "../../../data/numbers/random";
import { atAnyLayer } from "../../at-layer";
import { repeatExamples } from "../../examples";
import type { Method } from "../../method";
import { batchesOf } from "../batches";
import { emptyLike } from "./coalitions";
import { type FeatureInput, featureMaps, featureSizes, featuresOf } from "./feature-set";
import { segmentParameters } from "./segments";

/** Captum 0.9 `FeaturePermutation`. */
export const featurePermutation: Method = {
	id: "feature-permutation",
	title: "Feature permutation",
	family: "perturbation",
	answers: "How much does the unit lose when a feature is taken from another example of the batch?",
	paper: "Fisher, Rudin, Dominici 2019, All models are wrong, but many are useful, arXiv:1801.01489",
	reference:
		"Captum 0.9 FeaturePermutation: one random order of the examples for each feature, never the order that they have",
	formula: "f(x) - f(x with the feature of another example)",
	needs: { unit: true, input: true, batch: true },
	at: "input",
	quantity: "signed",
	promisesCompleteness: false,
	usesSeed: true,
	parameters: segmentParameters(),
	run: atAnyLayer(async function* (session, request) {
		const features = featuresOf(session, request);
		const { count, examples } = features;
		if (examples < 2)
			throw new InvalidRequestError(
				"feature permutation takes features from other examples, but there is only one",
				"input",
				"Give several inputs: they are one batch.",
			);
		const whole = await session.unitValue(request.inputs, request.unit, request.signal);
		const sizes = featureSizes(features);
		const effects = new Float64Array(count * examples);
		const atOnce = Math.max(1, Math.floor(session.batchSize("forward", request.inputs) / examples));
		const random = new Random(request.seed);
		let done = 0;
		for (const batch of batchesOf(numbersTo(count), atOnce, request.signal)) {
			const inputs = repeatExamples(request.inputs, batch.length);
			const orders = batch.map(() => anotherOrder(examples, random));
			for (const input of features.inputs) inputs[input.name] = permuted(input, batch, orders);
			const values = await session.unitValue(inputs, request.unit, request.signal);
			for (let at = 0; at < values.length; at++) {
				const index = done * examples + at;
				const effect = (whole[at % examples] as number) - (values[at] as number);
				effects[index] = (sizes[index] as number) > 0 ? effect : 0;
			}
			done += batch.length;
			yield { maps: featureMaps(features, effects), progress: done / count, unitValue: whole[0] as number };
		}
	}),
};

function* numbersTo(count: number): Generator<number, void, void> {
	for (let number = 0; number < count; number++) yield number;
}

/** A random order of the examples in which not all stay where they are. */
function anotherOrder(examples: number, random: Random): number[] {
	const order = Array.from({ length: examples }, (_, example) => example);
	do random.shuffle(order);
	while (order.every((example, at) => example === at));
	return order;
}

/** The whole batch for each feature, whose elements come from the examples in their order. */
function permuted(
	{ tensor, labels }: FeatureInput,
	features: readonly number[],
	orders: readonly (readonly number[])[],
): Tensor {
	const data = emptyLike(tensor, features.length);
	const size = labels.length / Math.max(1, tensor.shape[0] ?? 1);
	for (const [copy, feature] of features.entries()) {
		const order = orders[copy] as readonly number[];
		for (let at = 0; at < labels.length; at++) {
			const source = labels[at] === feature ? (order[Math.floor(at / size)] as number) * size + (at % size) : at;
			data[copy * labels.length + at] = tensor.data[source] as number;
		}
	}
	return { dtype: tensor.dtype, shape: [(tensor.shape[0] ?? 1) * features.length, ...tensor.shape.slice(1)], data };
}
