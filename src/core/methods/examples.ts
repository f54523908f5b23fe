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

function asFloat(tensor: Tensor): Tensor {
	return tensor.dtype === "float32"
		? tensor
		: { dtype: "float32", shape: tensor.shape, data: Float32Array.from(tensor.data) };
}

/** Every example `times` times: the whole batch, then the whole batch again. */
export function repeatExamples(inputs: Readonly<Record<string, Tensor>>, times: number): Record<string, Tensor> {
	return Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, repeatTensor(tensor, times)]));
}

function repeatTensor(tensor: Tensor, times: number): Tensor {
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
