import { UnsupportedError } from "../../shared/errors";
import type { Tensor } from "../../shared/tensor";
import type { ModelSession } from "../session/model-session";
import { channelAxisOf } from "../units/unit";
import type { PreparedRequest } from "./method";

export interface ExplainedInput {
	readonly name: string;
	/** float32, batch included. */
	readonly tensor: Tensor;
	readonly channelAxis: number;
}

/** The inputs that get a map: real numbers, not held fixed. */
export function explainedInputs(session: ModelSession, request: PreparedRequest): ExplainedInput[] {
	const explained = session.graph.inputs.flatMap((port): ExplainedInput[] => {
		const tensor = request.inputs[port.name];
		if (port.dtype !== "float32" || !tensor || request.held?.includes(port.name)) return [];
		const declared = session.graph.layers.find((layer) => layer.name === port.layer)?.channelAxis ?? -1;
		return [{ name: port.name, tensor: asFloat(tensor), channelAxis: channelAxisOf(declared, tensor.shape.length) }];
	});
	if (explained.length > 0) return explained;
	throw new UnsupportedError(
		"the model has no input of real numbers to explain",
		session.path,
		"Ask for a map at the first layer with real numbers, such as the embedding.",
	);
}

/**
 * The same request about the inputs that have positions; the others are held as they are.
 * @throws UnsupportedError when no input has positions
 */
export function aboutPositions(session: ModelSession, request: PreparedRequest): PreparedRequest {
	const explained = explainedInputs(session, request);
	const isFlat = ({ tensor, channelAxis }: ExplainedInput) =>
		tensor.shape.every((_, axis) => axis === 0 || axis === channelAxis);
	const flat = explained.filter(isFlat).map(({ name }) => name);
	if (flat.length === explained.length)
		throw new UnsupportedError(
			`no input has positions: ${flat.map((name) => `"${name}"`).join(", ")}`,
			session.path,
			"Use integrated-gradients, which explains the elements of a vector.",
		);
	return flat.length === 0 ? request : { ...request, held: [...(request.held ?? []), ...flat] };
}

function asFloat(tensor: Tensor): Tensor {
	return tensor.dtype === "float32"
		? tensor
		: { dtype: "float32", shape: tensor.shape, data: Float32Array.from(tensor.data) };
}

/** Every example `times` times: the whole batch, then the whole batch again. */
export function repeatExamples(inputs: Readonly<Record<string, Tensor>>, times: number): Record<string, Tensor> {
	return Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, repeatTensor(tensor, times)]));
}

/** The same of the inputs that are not explained: the others get contents of their own. */
export function repeatOthers(
	inputs: Readonly<Record<string, Tensor>>,
	explained: readonly { readonly name: string }[],
	times: number,
): Record<string, Tensor> {
	const names = new Set(explained.map(({ name }) => name));
	return repeatExamples(Object.fromEntries(Object.entries(inputs).filter(([name]) => !names.has(name))), times);
}

/** The whole batch, `times` times over; a number is the same for all examples. */
export function repeatTensor(tensor: Tensor, times: number): Tensor {
	if (tensor.shape.length === 0) return tensor;
	const size = tensor.data.length;
	const data =
		tensor.dtype === "float32"
			? new Float32Array(size * times)
			: tensor.dtype === "int32"
				? new Int32Array(size * times)
				: new Uint8Array(size * times);
	for (let time = 0; time < times; time++) data.set(tensor.data, time * size);
	return { dtype: tensor.dtype, shape: [(tensor.shape[0] ?? 1) * times, ...tensor.shape.slice(1)], data };
}

/** The examples of these numbers, in this order; one may be taken more than once. */
export function takeExamples(
	inputs: Readonly<Record<string, Tensor>>,
	which: readonly number[],
): Record<string, Tensor> {
	return Object.fromEntries(
		Object.entries(inputs).map(([name, tensor]) => {
			const { dtype, shape, data } = tensor;
			if (shape.length === 0) return [name, tensor];
			const size = data.length / Math.max(1, shape[0] ?? 1);
			const Data = data.constructor as new (length: number) => Tensor["data"];
			const rows = new Data(size * which.length);
			for (const [to, from] of which.entries()) rows.set(data.subarray(from * size, (from + 1) * size), to * size);
			return [name, { dtype, shape: [which.length, ...shape.slice(1)], data: rows }];
		}),
	);
}
