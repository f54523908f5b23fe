import { InvalidRequestError } from "../../shared/errors";
import type { PreprocessSpec } from "../../shared/preprocess";
import type { Bound } from "../rules/lrp";
import type { ExplainedInput } from "./examples";
import type { PreparedRequest } from "./method";
import { textOf } from "./parameters";

export interface InputBox {
	readonly bounds?: { low: Bound; high: Bound; channelAxis: number };
	readonly notices: string[];
}

/** The box that inputs lie in, from the parameters `low` and `high`; `auto` is worked out. */
export function inputBox(request: PreparedRequest, explained: readonly ExplainedInput[]): InputBox {
	const notices: string[] = [];
	const channelAxis = explained[0]?.channelAxis ?? -1;
	const bound = (side: "low" | "high") => boundOf(request, side, side, explained, notices);
	return { bounds: { low: bound("low"), high: bound("high"), channelAxis }, notices };
}

/**
 * One side of the box that inputs lie in, from a parameter: a number, one for each channel, or `auto`, which is the value
 * of black or white after preprocessing, and the least or largest of the inputs where that is not known.
 */
export function boundOf(
	request: PreparedRequest,
	name: string,
	side: "low" | "high",
	explained: readonly ExplainedInput[],
	notices: string[],
): Bound {
	const [first] = explained;
	const channels = first?.tensor.shape[first.channelAxis] ?? 1;
	const text = textOf(request, name).trim();
	if (text !== "auto") return parseBound(name, text, channels);
	if (request.preprocess) return pixelBound(request.preprocess, side === "low" ? 0 : 255, channels);
	const value = extreme(side, explained);
	notices.push(
		`${name} is ${value}, the ${side === "low" ? "smallest" : "largest"} value of this input, since its preprocessing is not known.`,
	);
	return value;
}

/**
 * The same for every element of an input, batch included: that of its channel, and where nothing but the values tells it,
 * of its own example.
 */
export function elementBounds(
	request: PreparedRequest,
	name: string,
	side: "low" | "high",
	{ tensor, ...input }: ExplainedInput,
	notices: string[],
): (at: number) => number {
	const shape = [1, ...tensor.shape.slice(1)];
	const size = tensor.data.length / Math.max(1, tensor.shape[0] ?? 1);
	const inner = shape.slice(input.channelAxis + 1).reduce((product, extent) => product * extent, 1);
	const bounds = Array.from({ length: tensor.shape[0] ?? 1 }, (_, example) => {
		const data = tensor.data.subarray(example * size, (example + 1) * size);
		return boundOf(request, name, side, [{ ...input, tensor: { dtype: "float32", shape, data } }], notices);
	});
	return (at) => {
		const bound = bounds[Math.floor(at / size)] as Bound;
		return typeof bound === "number" ? bound : (bound[Math.floor(at / inner) % bound.length] as number);
	};
}

function extreme(name: "low" | "high", explained: readonly ExplainedInput[]): number {
	let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
	for (const { tensor } of explained)
		for (const value of tensor.data) [low, high] = [Math.min(low, value), Math.max(high, value)];
	return name === "low" ? low : high;
}

function parseBound(name: string, text: string, channels: number): Bound {
	const numbers = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
	const [first] = numbers;
	if (
		first === undefined ||
		numbers.some((number) => !Number.isFinite(number)) ||
		(numbers.length !== 1 && numbers.length !== channels)
	) {
		throw new InvalidRequestError(
			`the parameter ${name} is "${text}", but auto, a number, or ${channels} numbers (one for each channel) were expected`,
			name,
		);
	}
	return numbers.length === 1 ? first : numbers;
}

/** A pixel value after preprocessing, channel by channel: (pixel * scale - mean) / std. */
function pixelBound({ scale = 1, mean, std }: PreprocessSpec, pixel: number, channels: number): Bound {
	const count = Math.max(mean?.length ?? 1, std?.length ?? 1);
	const at = (list: number[] | undefined, channel: number, otherwise: number) =>
		list?.[channel] ?? list?.[0] ?? otherwise;
	const values = Array.from(
		{ length: count },
		(_, channel) => (pixel * scale - at(mean, channel, 0)) / at(std, channel, 1),
	);
	return values.length === channels && values.length > 1 ? values : (values[0] ?? pixel);
}
