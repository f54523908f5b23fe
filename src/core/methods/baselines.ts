import { InvalidRequestError } from "../../shared/errors";
import type { ParameterDescription } from "../../shared/methods";
import type { Tensor } from "../../shared/tensor";
import type { PreparedRequest } from "./method";
import { numberOf, textOf } from "./parameters";

export const BASELINE_PARAMETERS: readonly ParameterDescription[] = [
	{
		name: "baselines",
		type: "choice",
		default: "zero",
		choices: ["zero", "constant", "mean"],
		help: "What stands for an absent input: 0, the number `baseline_value`, or the mean of the input over each channel's positions (over all elements where there are no channels).",
	},
	{
		name: "baseline_value",
		type: "number",
		default: 0,
		help: "The number of the constant baseline, in the units of the preprocessed input.",
	},
];

/** The baseline of one input, of its shape. A given one may have a batch of 1, which then serves all examples. */
export function baselineOf(request: PreparedRequest, name: string, input: Tensor, channelAxis: number): Tensor {
	const given = request.baselines?.[name];
	if (given) return broadcastBaseline(name, given, input);
	const kind = textOf(request, "baselines");
	if (kind === "mean") return channelMeans(input, channelAxis);
	const value = kind === "constant" ? numberOf(request, "baseline_value") : 0;
	return { dtype: "float32", shape: input.shape, data: new Float32Array(input.data.length).fill(value) };
}

/**
 * The baseline of an input of whole numbers, such as tokens: the token 0, or that of `baseline_value` (Captum's
 * `LayerIntegratedGradients` begins at 0 as well).
 */
export function tokenBaseline(request: PreparedRequest, name: string, input: Tensor): Tensor {
	const given = request.baselines?.[name];
	if (given) return given;
	const kind = textOf(request, "baselines");
	const value = kind === "constant" ? numberOf(request, "baseline_value") : 0;
	if (kind === "mean" || !Number.isInteger(value))
		throw new InvalidRequestError(
			`the input "${name}" is whole numbers, which have no ${kind === "mean" ? "mean" : `value ${value}`}`,
			name,
			"Take baselines=zero, or baselines=constant with the number of a token as baseline_value.",
		);
	return { dtype: "int32", shape: input.shape, data: new Int32Array(input.data.length).fill(value) };
}

/**
 * A given baseline in the shape and dtype of its input: of that shape, with a batch of 1, or a single number.
 * @throws InvalidRequestError for another shape
 */
export function broadcastBaseline(name: string, given: Tensor, input: Tensor): Tensor {
	const row = input.data.length / Math.max(1, input.shape[0] ?? 1);
	const single = given.shape.length === 0;
	const whole = given.shape.join() === input.shape.join();
	if (!single && !whole && (given.shape[0] !== 1 || given.shape.slice(1).join() !== input.shape.slice(1).join())) {
		throw new InvalidRequestError(
			`the baseline of "${name}" has the shape [${given.shape.join(", ")}], but the input has [${input.shape.join(", ")}]`,
			name,
			"It has the input's shape, or a batch of 1.",
		);
	}
	if (whole && given.dtype === input.dtype) return given;
	const data = input.data.slice();
	for (let at = 0; at < data.length; at++) data[at] = given.data[single ? 0 : whole ? at : at % row] ?? 0;
	return { dtype: input.dtype, shape: input.shape, data };
}

function channelMeans(input: Tensor, channelAxis: number): Tensor {
	const [examples = 1, ...shape] = input.shape;
	const size = input.data.length / Math.max(1, examples);
	const inner = channelAxis > 0 ? shape.slice(channelAxis).reduce((product, extent) => product * extent, 1) : size;
	const channels = channelAxis > 0 && shape.length > 1 ? (input.shape[channelAxis] ?? 1) : 1;
	const channelOf = (at: number) => (channels === 1 ? 0 : Math.floor(at / inner) % channels);
	const data = new Float32Array(input.data.length);
	for (let example = 0; example < examples; example++) {
		const sums = new Float64Array(channels);
		for (let at = 0; at < size; at++)
			sums[channelOf(at)] = (sums[channelOf(at)] ?? 0) + (input.data[example * size + at] ?? 0);
		for (let at = 0; at < size; at++) data[example * size + at] = ((sums[channelOf(at)] ?? 0) * channels) / size;
	}
	return { dtype: "float32", shape: input.shape, data };
}
