import type { AttributionMap } from "../../../../shared/result";
import type { Tensor, TensorData } from "../../../../shared/tensor";
import type { ModelSession } from "../../../session/model-session";
import { repeatOthers } from "../../examples";
import type { PreparedRequest } from "../../method";
import { batchesOf } from "../batches";
import { emptyLike } from "../features/coalitions";
import { referenceOf } from "../fills";
import { type PerturbedInput, perturbedInputs, positionsOf, spatialAxes } from "../perturbed-inputs";

/** An input under masks over its positions, which all its channels share; the positions of a vector are its elements. */
export interface MaskedInput extends PerturbedInput {
	/** What shows where the mask is 0. */
	readonly reference: Tensor;
	/** Extents of the axes of positions. */
	readonly extents: readonly number[];
	/** A vector: its positions are no neighbours. */
	readonly isVector: boolean;
	/** Elements that cannot be blended: each is there, or at its reference. */
	readonly isDiscrete: boolean;
	/** Number of positions. */
	readonly positions: number;
}

/** Masks of one sample: for each input a value of 0 (reference) to 1 (input) for each position. */
export type Masks = readonly Float32Array[];

/** Masks and the unit's value under each of them: `values[sample * examples + example]`. */
export interface Shown<Sample> {
	readonly samples: readonly Sample[];
	readonly values: Float32Array;
}

/** Inputs blended with their references by masks: input * mask + reference * (1 - mask). */
export class MaskedInputs {
	readonly inputs: readonly MaskedInput[];
	readonly examples: number;
	/** Samples that fit the memory at once. */
	private readonly atOnce: number;
	/** By input: the position of each element of an example, and how far each element is from its reference. */
	private readonly blends: readonly { position: Int32Array; away: Float32Array }[];

	/** @throws InvalidRequestError when a reference does not fit */
	constructor(
		private readonly session: ModelSession,
		private readonly request: PreparedRequest,
	) {
		this.inputs = perturbedInputs(session, request).map((input) => maskedInput(request, input));
		this.examples = this.inputs[0]?.tensor.shape[0] ?? 1;
		this.atOnce = Math.max(1, Math.floor(session.batchSize("forward", request.inputs) / this.examples));
		this.blends = this.inputs.map((input) => {
			const { tensor, reference, isVector } = input;
			const size = tensor.data.length / Math.max(1, this.examples);
			const position = isVector
				? Int32Array.from({ length: size }, (_, at) => at)
				: positionsOf(tensor.shape.slice(1), spatialAxes(input), size);
			const away = Float32Array.from(tensor.data, (value, at) => value - (reference.data[at] as number));
			return { position, away };
		});
	}

	/**
	 * Evaluates samples as they come, in batches that grow; the masks of a batch are all that is held.
	 * @throws CancelledError between batches
	 */
	async *evaluate<Sample extends { readonly masks: Masks }>(
		samples: Iterable<Sample>,
	): AsyncGenerator<Shown<Sample>, void, void> {
		for (const batch of batchesOf(samples, this.atOnce, this.request.signal))
			yield { samples: batch, values: await this.valuesOf(batch.map(({ masks }) => masks)) };
	}

	/** The unit's value for samples that fit the memory at once. */
	valuesOf(batch: readonly Masks[]): Promise<Float32Array> {
		return this.session.unitValue(this.blended(batch), this.request.unit, this.request.signal);
	}

	/** The unit on the inputs as they are, and on their references: one value for each example, in one pass. */
	async ends(): Promise<[whole: Float32Array, empty: Float32Array]> {
		const all = (value: number) => this.inputs.map(({ positions }) => new Float32Array(positions).fill(value));
		const values = await this.valuesOf([all(1), all(0)]);
		return [values.subarray(0, this.examples), values.subarray(this.examples)];
	}

	/** Every example of an input under a mask of its own: all examples of the masks, one after the other. */
	blendEach(index: number, masks: Float32Array): Tensor {
		const { tensor, reference, positions } = this.inputs[index] as MaskedInput;
		const { position, away } = this.blendOf(index);
		const data = new Float32Array(away.length);
		for (let example = 0; example < this.examples; example++) {
			const [from, to] = [example * position.length, (example + 1) * position.length];
			blend(
				data.subarray(from, to),
				reference.data.subarray(from, to) as Float32Array,
				away.subarray(from, to),
				masks.subarray(example * positions, (example + 1) * positions),
				position,
			);
		}
		return { dtype: "float32", shape: tensor.shape, data };
	}

	/** All inputs of the model for some samples, held ones as they are. */
	private blended(batch: readonly Masks[]): Record<string, Tensor> {
		const inputs = repeatOthers(this.request.inputs, this.inputs, batch.length);
		for (const [index, { name, tensor, reference, isDiscrete }] of this.inputs.entries()) {
			const { position, away } = this.blends[index] as { position: Int32Array; away: Float32Array };
			const data = emptyLike(tensor, batch.length);
			for (const [sample, masks] of batch.entries()) {
				const mask = masks[index] as Float32Array;
				const to = data.subarray(sample * away.length, (sample + 1) * away.length);
				if (isDiscrete) choose(to, tensor.data, reference.data, mask, position);
				else blend(to as Float32Array, reference.data as Float32Array, away, mask, position);
			}
			const shape = [(tensor.shape[0] ?? 1) * batch.length, ...tensor.shape.slice(1)];
			inputs[name] = { dtype: tensor.dtype, shape, data };
		}
		return inputs;
	}

	/** How far each element is from its reference, and its position in an example: what a gradient by a mask needs. */
	blendOf(input: number): { position: Int32Array; away: Float32Array } {
		return this.blends[input] as { position: Int32Array; away: Float32Array };
	}
}

function maskedInput(request: PreparedRequest, input: PerturbedInput): MaskedInput {
	const shape = input.tensor.shape.slice(1);
	const axes = spatialAxes(input);
	const isVector = axes.length === 0;
	const extents = isVector
		? [shape.reduce((product, extent) => product * extent, 1)]
		: axes.map((axis) => shape[axis] as number);
	return {
		...input,
		reference: referenceOf(request, input),
		extents,
		isVector,
		isDiscrete: input.tensor.dtype !== "float32",
		positions: extents.reduce((product, extent) => product * extent, 1),
	};
}

function blend(
	to: Float32Array,
	reference: Float32Array,
	away: Float32Array,
	mask: Float32Array,
	position: Int32Array,
): void {
	const size = position.length;
	for (let from = 0; from < away.length; from += size)
		for (let at = 0; at < size; at++)
			to[from + at] =
				(reference[from + at] as number) + (away[from + at] as number) * (mask[position[at] as number] as number);
}

function choose(
	to: TensorData,
	input: TensorData,
	reference: TensorData,
	mask: Float32Array,
	position: Int32Array,
): void {
	for (let at = 0; at < input.length; at++)
		to[at] = ((mask[position[at % position.length] as number] as number) >= 0.5 ? input[at] : reference[at]) as number;
}

/** A map of one value for each position of each example: the channel axis is kept with extent 1. */
export function positionMap(
	{ name, tensor, channelAxis, positions, isVector }: MaskedInput,
	valueAt: (position: number, example: number) => number,
): AttributionMap {
	const shape = tensor.shape.map((extent, axis) => (axis === channelAxis && !isVector ? 1 : extent));
	const examples = shape[0] ?? 1;
	const data = new Float32Array(examples * positions);
	for (let example = 0; example < examples; example++)
		for (let position = 0; position < positions; position++)
			data[example * positions + position] = valueAt(position, example);
	return { at: name, channelAxis, tensor: { dtype: "float32", shape, data } };
}
