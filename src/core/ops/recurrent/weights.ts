import { InvalidRequestError } from "../../../shared/errors";
import type { Builder } from "../../program/builder";
import type { Value } from "../../program/types";
import { add, reshape, transpose } from "../../program/vocabulary";
import { flagAttr } from "../attributes";
import { timesMatrix } from "../algebra/times-matrix";
import { knownExtent } from "../numbers";
import type { Attrs, Params } from "../op";
import { paramOf } from "../params";
import { splitAxis } from "../shape/split";

/** Weights of a recurrent layer, one entry for each gate. */
export interface GateWeights {
	readonly units: number;
	/** [features, units] each. */
	readonly kernels: readonly Value[];
	/** [units, units] each. */
	readonly recurrentKernels: readonly Value[];
	/** [units] each; `undefined` without bias. */
	readonly biases: readonly (Value | undefined)[];
	/** Added to the recurrent product, where the layer has a second bias. */
	readonly recurrentBiases: readonly (Value | undefined)[];
}

/**
 * Weights by gate, of the layouts that files have:
 * - `kernel` [features, G units], `recurrent_kernel` [units, G units], `bias` [G units], or [2, G units] where the
 *   recurrent product has a bias of its own: Keras 2 and 3;
 * - `W_i`, `U_i`, `b_i` ... for each gate: Keras 1;
 * - with attr `cudnn`, each gate as cuDNN keeps it, matrices [units, in] in the same memory, and always two biases
 *   (CuDNNLSTM and CuDNNGRU; `_convert_rnn_weights` of tf_keras, saving/legacy/hdf5_format.py).
 * @param gates their letters, in the order of the layout
 * @throws InvalidRequestError when shapes do not fit
 */
export function gateWeights(b: Builder, params: Params, attrs: Attrs, gates: string): GateWeights {
	const letters = [...gates];
	const first = params[`W_${letters[0]}`];
	if (first) {
		return {
			units: knownExtent(first, 1),
			kernels: letters.map((gate) => paramOf(params, `W_${gate}`)),
			recurrentKernels: letters.map((gate) => paramOf(params, `U_${gate}`)),
			biases: letters.map((gate) => paramOf(params, `b_${gate}`)),
			recurrentBiases: letters.map(() => undefined),
		};
	}
	const recurrent = paramOf(params, "recurrent_kernel");
	const units = knownExtent(recurrent, 0);
	const sizes = letters.map(() => units);
	const cudnn = flagAttr(attrs, "cudnn");
	const matrices = (matrix: Value) => splitAxis(b, matrix, 1, sizes).map((part) => (cudnn ? fromCudnn(b, part) : part));
	const [biases, recurrentBiases] = biasesOf(b, params.bias, sizes);
	return {
		units,
		kernels: matrices(paramOf(params, "kernel")),
		recurrentKernels: matrices(recurrent),
		biases,
		recurrentBiases,
	};
}

/** A matrix [in, units] whose memory holds [units, in]. */
function fromCudnn(b: Builder, matrix: Value): Value {
	const [rows, columns] = [knownExtent(matrix, 0), knownExtent(matrix, 1)];
	return transpose(b, reshape(b, matrix, [columns, rows]), [1, 0]);
}

function biasesOf(
	b: Builder,
	bias: Value | undefined,
	sizes: readonly number[],
): [(Value | undefined)[], (Value | undefined)[]] {
	const none = sizes.map(() => undefined);
	if (!bias) return [none, none];
	const width = sizes.reduce((a, c) => a + c, 0);
	const entries = bias.shape.reduce((a, c) => a * c, 1);
	if (entries !== width && entries !== 2 * width)
		throw new InvalidRequestError(`the bias has ${entries} entries; ${width} or ${2 * width} were expected`);
	const parts = splitAxis(b, reshape(b, bias, [entries]), 0, entries === width ? sizes : [...sizes, ...sizes]);
	return [parts.slice(0, sizes.length), entries === width ? none : parts.slice(sizes.length)];
}

/** What each gate takes from x [N, T, features], bias included: [N, T, units] each. */
export function projections(b: Builder, x: Value, { kernels, biases }: GateWeights): Value[] {
	return kernels.map((kernel, gate) => withBias(b, timesMatrix(b, x, kernel), biases[gate]));
}

/** What a gate takes from a state [N, units]. */
export function recurrentProduct(b: Builder, weights: GateWeights, gate: number, state: Value): Value {
	const kernel = weights.recurrentKernels[gate] as Value;
	return withBias(b, timesMatrix(b, state, kernel), weights.recurrentBiases[gate]);
}

const withBias = (b: Builder, x: Value, bias: Value | undefined) => (bias ? add(b, x, bias) : x);
