import { InvalidRequestError, UnsupportedError } from "../../shared/errors";
import { sizeOf, type Tensor } from "../../shared/tensor";
import type { Graph, GraphPort } from "../graph/types";
import { BATCH } from "../program/dims";
import type { Dim } from "../program/types";
import { didYouMean } from "../units/nearest";

export type Inputs = Readonly<Record<string, Tensor>>;

/** Inputs as the model declares them. */
export interface CheckedInputs {
	/** Every input of the model, in its declared type. */
	readonly tensors: Record<string, Tensor>;
	/** Number of examples. */
	readonly batch: number;
}

/**
 * Checks the inputs of a model before anything native sees them, and brings numbers to the declared type.
 * @throws InvalidRequestError naming the input, what was found and what was expected
 */
export function checkInputs(graph: Graph, inputs: Inputs): CheckedInputs {
	const fitted = fitInputs(graph, inputs);
	for (const [name, tensor] of Object.entries(fitted.tensors)) assertFinite(name, tensor);
	return fitted;
}

/**
 * {@link checkInputs} without a look at each number: for questions about shapes, which a method asks of every layer.
 * @throws InvalidRequestError naming the input, what was found and what was expected
 */
export function fitInputs(graph: Graph, inputs: Inputs): CheckedInputs {
	const names = graph.inputs.map((port) => port.name);
	if (names.length === 0) {
		throw new UnsupportedError(
			"the file holds no network to run, only weights",
			undefined,
			"Open the file that holds the model's configuration too: save the whole model, not its weights alone.",
		);
	}
	for (const name of Object.keys(inputs)) {
		if (!names.includes(name))
			throw new InvalidRequestError(
				`the model has no input "${name}"`,
				name,
				didYouMean(name, names, `Its inputs are ${names.join(", ")}.`),
			);
	}
	const tensors: Record<string, Tensor> = {};
	let batch: number | undefined;
	for (const port of graph.inputs) {
		const tensor = inputs[port.name];
		if (!tensor)
			throw new InvalidRequestError(
				`the input "${port.name}" is missing`,
				port.name,
				`It has the shape ${describe(port)}.`,
			);
		tensors[port.name] = fitInput(port, tensor);
		if (port.fixed) continue;
		const size = tensor.shape[0] ?? 1;
		if (batch !== undefined && size !== batch)
			throw new InvalidRequestError(
				`the inputs have different batch sizes: ${batch} and ${size}`,
				port.name,
				"The first axis of every input counts the same examples.",
			);
		batch = size;
	}
	if (batch === 0)
		throw new InvalidRequestError("the inputs hold no example: the first axis has the extent 0", names[0]);
	return { tensors, batch: batch ?? 1 };
}

function fitInput(port: GraphPort, tensor: Tensor): Tensor {
	const { name, shape } = port;
	if (tensor.data.length !== sizeOf(tensor.shape))
		throw new InvalidRequestError(
			`the input "${name}" has the shape [${tensor.shape.join(", ")}], but holds ${tensor.data.length} values`,
			name,
		);
	if (tensor.shape.length !== shape.length) {
		throw new InvalidRequestError(
			`the input "${name}" has ${tensor.shape.length} axes ([${tensor.shape.join(", ")}]), but the model takes ${describe(port)}`,
			name,
			tensor.shape.length === shape.length - 1 && !port.fixed
				? "The first axis is the batch: one example has the extent 1 there."
				: undefined,
		);
	}
	for (const [axis, extent] of shape.entries()) {
		if ((axis > 0 || port.fixed) && extent !== null && tensor.shape[axis] !== extent) {
			throw new InvalidRequestError(
				`the input "${name}" has the shape [${tensor.shape.join(", ")}], but the model takes ${describe(port)}`,
				name,
				`Axis ${axis} must have the extent ${extent}.`,
			);
		}
	}
	return toDType(port, tensor);
}

function assertFinite(name: string, tensor: Tensor): void {
	if (!(tensor.data instanceof Float32Array)) return;
	const at = firstNotFinite(tensor.data);
	if (at < 0) return;
	const value = tensor.data[at];
	throw new InvalidRequestError(
		`the input "${name}" holds ${Number.isNaN(value) ? "NaN" : value} at [${indexOf(at, tensor.shape).join(", ")}]`,
		name,
		"Explanations of inputs that are not finite mean nothing: check how the input was made.",
	);
}

/** A plain loop: every run of a method passes here, with millions of numbers. */
function firstNotFinite(data: Float32Array): number {
	for (let at = 0; at < data.length; at++) {
		const value = data[at] as number;
		// Infinity minus itself is not a number either.
		if (value - value !== 0) return at;
	}
	return -1;
}

function toDType(port: GraphPort, tensor: Tensor): Tensor {
	if (tensor.dtype === port.dtype) return tensor;
	if (port.dtype === "float32") return { dtype: "float32", shape: tensor.shape, data: Float32Array.from(tensor.data) };
	const at = tensor.data.findIndex(
		(value) => !Number.isInteger(value) || (port.dtype === "bool" && value !== 0 && value !== 1),
	);
	if (at >= 0) {
		throw new InvalidRequestError(
			`the input "${port.name}" takes ${port.dtype === "bool" ? "0 and 1" : "whole numbers"}, but holds ${tensor.data[at]} at [${indexOf(at, tensor.shape).join(", ")}]`,
			port.name,
		);
	}
	return {
		dtype: port.dtype,
		shape: tensor.shape,
		data: port.dtype === "bool" ? Uint8Array.from(tensor.data) : Int32Array.from(tensor.data),
	};
}

/** Shapes that a program is specialised on: all but the batch. */
export function programShapes(graph: Graph, tensors: Inputs): Record<string, Dim[]> {
	return Object.fromEntries(
		graph.inputs.flatMap(({ name, fixed }) => {
			const tensor = tensors[name];
			return tensor ? [[name, fixed ? [...tensor.shape] : [BATCH, ...tensor.shape.slice(1)]]] : [];
		}),
	);
}

/** Examples `from` up to `to` of the inputs that have examples; the others whole. */
export function sliceInputs(graph: Graph, tensors: Inputs, from: number, to: number): Record<string, Tensor> {
	const whole = new Set(graph.inputs.flatMap(({ name, fixed }) => (fixed ? [name] : [])));
	return Object.fromEntries(
		Object.entries(tensors).map(([name, tensor]) => [name, whole.has(name) ? tensor : sliceTensor(tensor, from, to)]),
	);
}

/** Examples `from` up to `to` of each tensor; a number is the same for all. */
export function sliceBatch(tensors: Inputs, from: number, to: number): Record<string, Tensor> {
	return Object.fromEntries(
		Object.entries(tensors).map(([name, tensor]) => [
			name,
			tensor.shape.length === 0 ? tensor : sliceTensor(tensor, from, to),
		]),
	);
}

/** Rows `from` up to `to` of the first axis; shares memory with the tensor. */
export function sliceTensor(tensor: Tensor, from: number, to: number): Tensor {
	const row = sizeOf(tensor.shape.slice(1));
	return {
		dtype: tensor.dtype,
		shape: [to - from, ...tensor.shape.slice(1)],
		data: tensor.data.subarray(from * row, to * row),
	};
}

/** Joins tensors along the first axis. */
export function concatTensors(parts: readonly Tensor[]): Tensor {
	const [first] = parts;
	if (!first) throw new RangeError("there is nothing to join");
	if (parts.length === 1) return first;
	const rows = parts.reduce((sum, part) => sum + (part.shape[0] ?? 1), 0);
	const shape = [rows, ...first.shape.slice(1)];
	const data =
		first.dtype === "float32"
			? new Float32Array(sizeOf(shape))
			: first.dtype === "int32"
				? new Int32Array(sizeOf(shape))
				: new Uint8Array(sizeOf(shape));
	let offset = 0;
	for (const part of parts) {
		data.set(part.data, offset);
		offset += part.data.length;
	}
	return { dtype: first.dtype, shape, data };
}

function describe(port: GraphPort): string {
	return `[${port.shape.map((extent, axis) => extent ?? (axis === 0 && !port.fixed ? "batch" : "any")).join(", ")}]`;
}

/** Index along each axis of an element that is the `at`-th, row-major. */
export function indexOf(at: number, shape: readonly number[]): number[] {
	const index: number[] = [];
	let rest = at;
	for (const extent of [...shape].reverse()) {
		index.unshift(rest % extent);
		rest = Math.floor(rest / extent);
	}
	return index;
}
