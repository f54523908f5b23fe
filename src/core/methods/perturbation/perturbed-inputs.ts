import { UnsupportedError } from "../../../shared/errors";
import type { DType, Tensor } from "../../../shared/tensor";
import type { ModelSession } from "../../session/model-session";
import { channelAxisOf } from "../../units/unit";
import type { PreparedRequest } from "../method";

/** An input that a perturbation may change. Unlike a gradient, it may hold tokens or truth values. */
export interface PerturbedInput {
	readonly name: string;
	/** In the input's own dtype, batch included. */
	readonly tensor: Tensor;
	/** Axis of channels, batch included; -1 for none. */
	readonly channelAxis: number;
}

/**
 * The inputs that get a map: all that are not held fixed.
 * @throws UnsupportedError when every input is held
 */
export function perturbedInputs(session: ModelSession, request: PreparedRequest): PerturbedInput[] {
	const inputs = session.graph.inputs.flatMap((port): PerturbedInput[] => {
		const tensor = request.inputs[port.name];
		if (!tensor || request.held?.includes(port.name)) return [];
		const declared = session.graph.layers.find((layer) => layer.name === port.layer)?.channelAxis ?? -1;
		const channelAxis = channelAxisOf(declared, tensor.shape.length);
		return [{ name: port.name, tensor: toDType(tensor, port.dtype), channelAxis }];
	});
	if (inputs.length > 0) return inputs;
	throw new UnsupportedError("every input is held fixed, so there is none to explain", session.path);
}

function toDType(tensor: Tensor, dtype: DType): Tensor {
	if (tensor.dtype === dtype) return tensor;
	const { shape, data } = tensor;
	if (dtype === "float32") return { dtype, shape, data: Float32Array.from(data) };
	return { dtype, shape, data: dtype === "int32" ? Int32Array.from(data) : Uint8Array.from(data) };
}

/**
 * Axes along which elements are neighbours, batch left out: all but the channels. A plain vector has none, its only axis
 * counts features.
 */
export function spatialAxes({ tensor, channelAxis }: PerturbedInput): number[] {
	return tensor.shape
		.slice(1)
		.map((_, axis) => axis)
		.filter((axis) => axis !== channelAxis - 1);
}

/** For each element of an example the number of its position, row-major over the axes of positions. */
export function positionsOf(shape: readonly number[], axes: readonly number[], size: number): Int32Array {
	const position = new Int32Array(size);
	let inner = size;
	for (const [axis, extent] of shape.entries()) {
		inner /= extent;
		if (!axes.includes(axis)) continue;
		for (let at = 0; at < size; at++)
			position[at] = (position[at] as number) * extent + (Math.floor(at / inner) % extent);
	}
	return position;
}
