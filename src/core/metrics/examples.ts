import { InvalidRequestError } from "../../shared/errors";
import type { AttributionMap } from "../../shared/result";
import type { Tensor } from "../../shared/tensor";
import type { UnitAddress } from "../../shared/units";
import { interpolate } from "../data/numbers/interpolate";
import { explainedInputs } from "../methods/examples";
import type { PreparedRequest } from "../methods/method";
import { sliceTensor } from "../session/inputs";
import type { ModelSession } from "../session/model-session";
import type { ExplainedExample } from "./metric";

/**
 * The examples of a batch with their maps, element by element of the input. A map of lower resolution (class activation
 * maps) is resized to the input's positions (linear, half-pixel centres) and stands for each of its channels.
 * @param mask what the unit should look at: of the input's positions, or of all its elements; one for all examples or
 * one each
 * @param units what each example is explained for; absent: what the request says
 * @throws InvalidRequestError when map or mask do not fit the input
 */
export function explainedExamples(
	session: ModelSession,
	request: PreparedRequest,
	map: AttributionMap,
	mask?: Tensor,
	units: readonly UnitAddress[] = [],
): ExplainedExample[] {
	const explained = explainedInputs(session, request);
	const input = explained.find(({ name }) => name === map.at) ?? explained[0];
	if (!input) throw new InvalidRequestError("there is no input of real numbers that the map could belong to", map.at);
	const { name, tensor, channelAxis } = input;
	const shape = tensor.shape.slice(1);
	const size = tensor.data.length / Math.max(1, tensor.shape[0] ?? 1);
	return Array.from({ length: tensor.shape[0] ?? 0 }, (_, example) => {
		const attribution = spread(map, example, shape, channelAxis, size);
		return {
			input: name,
			inputs: Object.fromEntries(
				Object.entries(request.inputs).map(([key, value]) => [key, sliceTensor(value, example, example + 1)]),
			),
			unit: units[example] ?? request.unit,
			channelAxis,
			attribution,
			...(mask && { mask: maskOf(mask, example, shape, channelAxis, size) }),
		};
	});
}

/** The map of an example on every element of the input. */
function spread(
	{ at, tensor, channelAxis }: AttributionMap,
	example: number,
	shape: readonly number[],
	inputChannels: number,
	size: number,
): Float64Array {
	const own = tensor.data.length / Math.max(1, tensor.shape[0] ?? 1);
	const data = Float64Array.from(tensor.data.subarray(example * own, (example + 1) * own));
	if (own === size && tensor.shape.slice(1).join() === shape.join()) return data;
	const isPosition = (axis: number, channels: number) => axis !== channels - 1;
	const from = tensor.shape.slice(1).filter((_, axis) => isPosition(axis, channelAxis));
	const to = shape.filter((_, axis) => isPosition(axis, inputChannels));
	if (from.length !== to.length || from.length === 0)
		throw new InvalidRequestError(
			`the map at ${at} has the shape [${tensor.shape.slice(1).join(", ")}], which is no map of the input's positions`,
			at,
			"Metrics need a map of the input, or one with as many axes of positions.",
		);
	const positions = summedOverChannels(data, tensor.shape.slice(1), channelAxis - 1);
	return overChannels(interpolate(positions, from, to, "linear"), shape, inputChannels - 1);
}

function summedOverChannels(data: Float64Array, shape: readonly number[], channel: number): Float64Array {
	if (channel < 0) return data;
	const inner = shape.slice(channel + 1).reduce((product, extent) => product * extent, 1);
	const channels = shape[channel] as number;
	const sums = new Float64Array(data.length / channels);
	for (const [at, value] of data.entries()) {
		const place = Math.floor(at / (inner * channels)) * inner + (at % inner);
		sums[place] = (sums[place] ?? 0) + value;
	}
	return sums;
}

/** Values of positions for each element of a shape with channels. */
function overChannels(positions: Float64Array, shape: readonly number[], channel: number): Float64Array {
	if (channel < 0) return positions;
	const inner = shape.slice(channel + 1).reduce((product, extent) => product * extent, 1);
	const channels = shape[channel] as number;
	return Float64Array.from(
		{ length: positions.length * channels },
		(_, at) => positions[Math.floor(at / (inner * channels)) * inner + (at % inner)] ?? 0,
	);
}

function maskOf(
	mask: Tensor,
	example: number,
	shape: readonly number[],
	channelAxis: number,
	size: number,
): Uint8Array {
	const positions = channelAxis > 0 ? size / (shape[channelAxis - 1] as number) : size;
	for (const [own, isWhole] of [
		[size, true],
		[positions, false],
	] as const) {
		if (mask.data.length % own !== 0) continue;
		const masks = mask.data.length / own;
		const from = masks > example ? example * own : 0;
		const part = Float64Array.from(mask.data.subarray(from, from + own), (value) => Number(value !== 0));
		return Uint8Array.from(isWhole ? part : overChannels(part, shape, channelAxis - 1));
	}
	throw new InvalidRequestError(
		`the mask has the shape [${mask.shape.join(", ")}], but the input [${shape.join(", ")}]`,
		"mask",
		"It has the input's shape, or that of its positions.",
	);
}
