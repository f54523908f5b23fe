import type { Tensor, TensorData } from "../../../../shared/tensor";
import type { ModelSession } from "../../../session/model-session";
import { repeatExamples } from "../../examples";
import type { PreparedRequest } from "../../method";
import { batchesOf } from "../batches";
import { referenceOf } from "../fills";
import type { FeatureSet } from "./feature-set";

/** Which features are present: 1 or 0 for each. */
export type Coalition = Uint8Array;

/** A coalition to be evaluated, with what the method wants to know of it afterwards. */
export interface Step {
	readonly present: Coalition;
}

/** Steps and the unit's value after each of them: `values[step * examples + example]`. */
export interface Evaluated<Kind extends Step> {
	readonly steps: readonly Kind[];
	readonly values: Float32Array;
}

/** Values of the unit where only some features are present and the others are at their reference. */
export class Coalitions {
	private readonly references: readonly Tensor[];
	/** Coalitions that fit the memory at once. */
	private readonly atOnce: number;

	/** @throws InvalidRequestError when a reference does not fit */
	constructor(
		private readonly session: ModelSession,
		private readonly request: PreparedRequest,
		private readonly features: FeatureSet,
	) {
		this.references = features.inputs.map((input) => referenceOf(request, input));
		this.atOnce = Math.max(1, Math.floor(session.batchSize("forward", request.inputs) / features.examples));
	}

	reference(input: number): Tensor {
		return this.references[input] as Tensor;
	}

	/** Evaluates coalitions as they come, in batches that grow. @throws CancelledError between batches */
	async *evaluate<Kind extends Step>(steps: Iterable<Kind>): AsyncGenerator<Evaluated<Kind>, void, void> {
		for (const batch of batchesOf(steps, this.atOnce, this.request.signal))
			yield { steps: batch, values: await this.valuesOf(batch.map(({ present }) => present)) };
	}

	/** Values for coalitions that fit the memory at once. */
	async valuesOf(batch: readonly Coalition[]): Promise<Float32Array> {
		const inputs = repeatExamples(this.request.inputs, batch.length);
		for (const [index, { name, tensor, labels }] of this.features.inputs.entries()) {
			const data = emptyLike(tensor, batch.length);
			const reference = this.reference(index).data;
			for (const [copy, present] of batch.entries())
				blend(data, copy * labels.length, tensor.data, reference, labels, present);
			inputs[name] = {
				dtype: tensor.dtype,
				shape: [(tensor.shape[0] ?? 1) * batch.length, ...tensor.shape.slice(1)],
				data,
			};
		}
		return this.session.unitValue(inputs, this.request.unit, this.request.signal);
	}

	/** The unit on the inputs as they are, and with every feature at its reference: for each example. */
	async extremes(): Promise<{ whole: Float32Array; empty: Float32Array }> {
		const { count, examples } = this.features;
		const values = await this.valuesOf([new Uint8Array(count).fill(1), new Uint8Array(count)]);
		return { whole: values.subarray(0, examples), empty: values.subarray(examples) };
	}
}

export function emptyLike({ data }: Tensor, copies: number): TensorData {
	if (data instanceof Float32Array) return new Float32Array(data.length * copies);
	return data instanceof Int32Array ? new Int32Array(data.length * copies) : new Uint8Array(data.length * copies);
}

function blend(
	to: TensorData,
	from: number,
	input: TensorData,
	reference: TensorData,
	labels: Int32Array,
	present: Coalition,
): void {
	for (let at = 0; at < labels.length; at++)
		to[from + at] = (present[labels[at] as number] === 1 ? input[at] : reference[at]) as number;
}
