import { InvalidRequestError } from "../../../../shared/errors";
import type { AttributionMap } from "../../../../shared/result";
import type { Tensor } from "../../../../shared/tensor";
import type { ModelSession } from "../../../session/model-session";
import type { PreparedRequest } from "../../method";
import { type PerturbedInput, perturbedInputs } from "../perturbed-inputs";
import { maskLabels } from "./given-masks";
import { MANY, segmentLabels } from "./segments";

/** An input and the feature that each of its elements belongs to. */
export interface FeatureInput extends PerturbedInput {
	/** As many as elements, batch included: 0 up to the number of features. */
	readonly labels: Int32Array;
}

/** Elements that come and go together. Features are counted over all inputs; an example may lack some. */
export interface FeatureSet {
	readonly inputs: readonly FeatureInput[];
	readonly count: number;
	/** Batch size. */
	readonly examples: number;
}

/**
 * The features of a request: those of the masks that it carries, where equal numbers in several inputs are one feature
 * (as in Captum), else as the parameter `feature_mask` says, and then each input has features of its own.
 * @throws InvalidRequestError for masks or segments that do not fit
 */
export function featuresOf(session: ModelSession, request: PreparedRequest, budget = MANY): FeatureSet {
	const inputs = perturbedInputs(session, request);
	checkNames(request, inputs);
	const given = inputs.map((input) => {
		const mask = request.masks?.[input.name];
		return mask && maskLabels(input, mask);
	});
	// Numbers of masks may have gaps: only those that occur are features.
	const numbers = [...new Set(given.flatMap((labels) => (labels ? [...new Set(labels)] : [])))].sort((a, b) => a - b);
	const dense = new Map(numbers.map((number, index) => [number, index]));
	let count = numbers.length;
	const labelled = inputs.map((input, index): FeatureInput => {
		const mask = given[index];
		if (mask) return { ...input, labels: mask.map((number) => dense.get(number) as number) };
		const own = segmentLabels(request, input, budget);
		const first = count;
		for (const label of own) count = Math.max(count, first + label + 1);
		return { ...input, labels: own.map((label) => first + label) };
	});
	return { inputs: labelled, count, examples: inputs[0]?.tensor.shape[0] ?? 1 };
}

function checkNames({ masks = {} }: PreparedRequest, inputs: readonly PerturbedInput[]): void {
	const names = inputs.map(({ name }) => name);
	for (const name of Object.keys(masks))
		if (!names.includes(name))
			throw new InvalidRequestError(
				`there is a mask for "${name}", but what is explained is ${names.join(", ")}`,
				name,
				"A mask has the name of the input, or of the layer that the map is asked for at.",
			);
}

/** Maps that give every element the value of its feature. @param values feature by feature, all examples of each */
export function featureMaps({ inputs, examples }: FeatureSet, values: ArrayLike<number>): AttributionMap[] {
	return inputs.map(({ name, tensor, channelAxis, labels }) => {
		const size = labels.length / Math.max(1, examples);
		const data = new Float32Array(labels.length);
		for (let at = 0; at < data.length; at++)
			data[at] = values[(labels[at] as number) * examples + Math.floor(at / size)] ?? 0;
		return { at: name, channelAxis, tensor: { dtype: "float32", shape: tensor.shape, data } satisfies Tensor };
	});
}

/** How many elements of each example a feature has: feature by feature, all examples of each. */
export function featureSizes({ inputs, count, examples }: FeatureSet): Float64Array {
	const sizes = new Float64Array(count * examples);
	for (const { labels } of inputs) {
		const size = labels.length / Math.max(1, examples);
		for (let at = 0; at < labels.length; at++) {
			const index = (labels[at] as number) * examples + Math.floor(at / size);
			sizes[index] = (sizes[index] as number) + 1;
		}
	}
	return sizes;
}

/**
 * Completeness of values that should sum to what the features make of the unit together. A map repeats the value of a
 * feature over its elements, so that the sum is taken over features.
 */
export function completeness(
	{ examples }: FeatureSet,
	values: ArrayLike<number>,
	whole: ArrayLike<number>,
	empty: ArrayLike<number>,
): { expectedSum: number[]; attributedSum: number[] } {
	const attributedSum = new Array<number>(examples).fill(0);
	for (let at = 0; at < values.length; at++) {
		const example = at % examples;
		attributedSum[example] = (attributedSum[example] as number) + (values[at] as number);
	}
	return { expectedSum: Array.from(whole, (value, example) => value - (empty[example] as number)), attributedSum };
}
