import type { AttributionMap } from "../../shared/result";
import type { Tensor } from "../../shared/tensor";
import type { Place } from "../../shared/units";
import type { BackwardRequest, BackwardResult, ModelSession } from "../session/model-session";
import type { PreparedRequest } from "./method";

/** Where the maps of a request belong: what it asks for, else the inputs. */
export function placesOf(request: PreparedRequest): (Place | "input")[] {
	return [request.at ?? "input"];
}

/** One backward walk for a request, with the inputs that are held fixed left out of the maps. */
export async function walk(
	session: ModelSession,
	request: PreparedRequest,
	how: Partial<BackwardRequest> & Pick<BackwardRequest, "composite">,
	inputs = request.inputs,
): Promise<BackwardResult> {
	// Walks over other inputs (noisy copies, steps of a path) each tell a part of the answer.
	const ledger = request.noteLedger !== undefined && inputs === request.inputs;
	const result = await session.backward(
		{
			unit: request.unit,
			at: placesOf(request),
			start: request.start ?? "one",
			passes: [],
			ledger,
			...how,
		},
		inputs,
		request.signal,
	);
	if (result.ledger) request.noteLedger?.(result.ledger);
	return {
		...result,
		maps: result.maps.filter((map) =>
			request.at !== undefined && request.at !== "input" ? true : !request.held?.includes(map.at),
		),
	};
}

/** The maps of a walk, each put through `change`. */
export function mapsOf(
	result: BackwardResult,
	change: (tensor: Tensor, activation: Tensor) => Tensor = (tensor) => tensor,
): AttributionMap[] {
	return result.maps.map(({ at, tensor, channelAxis, activation }) => ({
		at,
		channelAxis,
		tensor: change(tensor, activation),
	}));
}

/** Element by element over tensors of one shape. */
export function combine(a: Tensor, b: Tensor, how: (x: number, y: number) => number): Tensor {
	const data = new Float32Array(a.data.length);
	for (let at = 0; at < data.length; at++) data[at] = how(a.data[at] ?? 0, b.data[at] ?? 0);
	return { dtype: "float32", shape: a.shape, data };
}

export function each(a: Tensor, how: (x: number) => number): Tensor {
	return { dtype: "float32", shape: a.shape, data: Float32Array.from(a.data, how) };
}

/** Sum of each example over tensors that share the batch. */
export function sumPerExample(tensors: readonly Tensor[]): number[] {
	const n = tensors[0]?.shape[0] ?? 0;
	const sums = new Array<number>(n).fill(0);
	for (const { data } of tensors) {
		const row = data.length / Math.max(1, n);
		for (const [at, value] of data.entries()) sums[Math.floor(at / row)] = (sums[Math.floor(at / row)] ?? 0) + value;
	}
	return sums;
}
