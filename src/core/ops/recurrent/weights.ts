import { InvalidRequestError } from "../../../shared/errors";
import type { Builder } from "../../program/builder";
import type { Value } from "../../program/types";
import { add, concat, reshape, slice, transpose } from "../../program/vocabulary";
import { timesMatrix } from "../algebra/times-matrix";
import { flagAttr, numberAttr, numbersAttr } from "../attributes";
import { knownExtent } from "../numbers";
import type { Attrs, Params } from "../op";
import { paramOf } from "../params";
import { splitAxis } from "../shape/split";

/** Weights of a recurrent layer, those of its G gates side by side: one product serves them all. */
export interface GateWeights {
	readonly units: number;
	readonly gates: number;
	/** [features, G units] */
	readonly kernel: Value;
	/** [units, G units] */
	readonly recurrentKernel: Value;
	/** [G units]; `undefined` without bias. */
	readonly bias: Value | undefined;
	/** Added to the recurrent product, where the layer has a second bias. */
	readonly recurrentBias: Value | undefined;
}

/**
 * Weights of the layouts that files have:
 * - `kernel` [features, G units], `recurrent_kernel` [units, G units], `bias` [G units], or [2, G units] where the
 *   recurrent product has a bias of its own: Keras 2 and 3;
 * - `W_i`, `U_i`, `b_i` ... for each gate: Keras 1;
 * - with attr `cudnn`, each gate as cuDNN keeps it, matrices [units, in] in the same memory, and always two biases
 *   (CuDNNLSTM and CuDNNGRU; `_convert_rnn_weights` of tf_keras, saving/legacy/hdf5_format.py).
 * @param letters of the gates, in the order of the layout
 * @throws InvalidRequestError when shapes do not fit
 */
export function gateWeights(b: Builder, params: Params, attrs: Attrs, letters: string): GateWeights {
	const gates = letters.length;
	if (params.W) return directedWeights(b, params, attrs, gates);
	const first = params[`W_${letters[0]}`];
	if (first) {
		const beside = (kind: string) =>
			concat(
				b,
				[...letters].map((gate) => paramOf(params, `${kind}_${gate}`)),
				-1,
			);
		return {
			units: knownExtent(first, 1),
			gates,
			kernel: beside("W"),
			recurrentKernel: beside("U"),
			bias: beside("b"),
			recurrentBias: undefined,
		};
	}
	const recurrent = paramOf(params, "recurrent_kernel");
	const units = knownExtent(recurrent, 0);
	const width = gates * units;
	const matrix = (stored: Value) => {
		if (knownExtent(stored, 1) !== width)
			throw new InvalidRequestError(`a kernel has ${stored.shape[1]} columns; ${width} were expected`);
		return flagAttr(attrs, "cudnn") ? fromCudnn(b, stored, gates) : stored;
	};
	const [bias, recurrentBias] = biasesOf(b, params.bias, width);
	return {
		units,
		gates,
		kernel: matrix(paramOf(params, "kernel")),
		recurrentKernel: matrix(recurrent),
		bias,
		recurrentBias,
	};
}

/**
 * Weights as ONNX keeps them, one or two directions in each: `W` [directions, G units, features], `R` [directions,
 * G units, units], `B` [directions, 2 G units] (optional). attrs: `direction`, `gateOrder` (places of the gates there)
 */
function directedWeights(b: Builder, params: Params, attrs: Attrs, gates: number): GateWeights {
	const direction = numberAttr(attrs, "direction", 0);
	const order = numbersAttr(attrs, "gateOrder");
	const [W, R] = [paramOf(params, "W"), paramOf(params, "R")];
	const units = knownExtent(R, 2);
	const own = (stored: Value) => {
		const rest = stored.shape.slice(1);
		const begin = stored.shape.map((_, axis) => (axis === 0 ? direction : 0));
		return reshape(b, slice(b, stored, begin, [1, ...rest]), rest);
	};
	const ordered = (rows: Value) => {
		const parts = splitAxis(
			b,
			rows,
			0,
			order.map(() => units),
		);
		return concat(
			b,
			order.map((at) => parts[at] as Value),
			0,
		);
	};
	const matrix = (stored: Value) => transpose(b, ordered(own(stored)), [1, 0]);
	const biases = params.B && splitAxis(b, own(params.B), 0, [gates * units, gates * units]).map(ordered);
	return { units, gates, kernel: matrix(W), recurrentKernel: matrix(R), bias: biases?.[0], recurrentBias: biases?.[1] };
}

/** Parts of equal size along the last axis, one a gate. */
export function gatesOf(b: Builder, x: Value, count: number): Value[] {
	const axis = x.shape.length - 1;
	return splitAxis(b, x, axis, new Array<number>(count).fill(knownExtent(x, axis) / count));
}

/** Matrices [in, units] side by side, of which the memory of each holds [units, in]. */
function fromCudnn(b: Builder, matrix: Value, gates: number): Value {
	const turned = gatesOf(b, matrix, gates).map((part) => {
		const [rows, columns] = [knownExtent(part, 0), knownExtent(part, 1)];
		return transpose(b, reshape(b, part, [columns, rows]), [1, 0]);
	});
	return concat(b, turned, 1);
}

function biasesOf(b: Builder, bias: Value | undefined, width: number): [Value | undefined, Value | undefined] {
	if (!bias) return [undefined, undefined];
	const entries = bias.shape.reduce((a, c) => a * c, 1);
	if (entries !== width && entries !== 2 * width)
		throw new InvalidRequestError(`the bias has ${entries} entries; ${width} or ${2 * width} were expected`);
	const flat = reshape(b, bias, [entries]);
	return entries === width ? [flat, undefined] : (splitAxis(b, flat, 0, [width, width]) as [Value, Value]);
}

/** What the gates take from x [N, T, features], bias included: [N, T, G units]. */
export function projection(b: Builder, x: Value, { kernel, bias }: GateWeights): Value {
	return withBias(b, timesMatrix(b, x, kernel), bias);
}

/** What the gates from `first` up to before `end` take from a state [N, units]: [N, (end - first) units]. */
export function recurrentProduct(
	b: Builder,
	weights: GateWeights,
	state: Value,
	first = 0,
	end = weights.gates,
): Value {
	const kernel = columns(b, weights, weights.recurrentKernel, first, end);
	const bias = weights.recurrentBias && columns(b, weights, weights.recurrentBias, first, end);
	return withBias(b, timesMatrix(b, state, kernel), bias);
}

/** Adjoint of {@link recurrentProduct} of one gate without its bias: what each unit of the product hands back to the state. */
export function recurrentAdjoint(b: Builder, weights: GateWeights, gate: number, each: Value): Value {
	return timesMatrix(b, each, columns(b, weights, weights.recurrentKernel, gate, gate + 1), true);
}

function columns(b: Builder, { units, gates }: GateWeights, x: Value, first: number, end: number): Value {
	if (first === 0 && end === gates) return x;
	const sizes = [first, end - first, gates - end].map((count) => count * units);
	return splitAxis(b, x, x.shape.length - 1, sizes)[1] as Value;
}

const withBias = (b: Builder, x: Value, bias: Value | undefined) => (bias ? add(b, x, bias) : x);
