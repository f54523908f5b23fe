import { InvalidRequestError } from "../../../shared/errors";
import type { ParameterDescription } from "../../../shared/methods";
import type { Tensor } from "../../../shared/tensor";
import { gaussianBlur } from "../../data/numbers/gaussian-blur";
import { Random } from "../../data/numbers/random";
import { baselineOf, broadcastBaseline, tokenBaseline } from "../baselines";
import type { PreparedRequest } from "../method";
import { numberOf, textOf } from "../parameters";
import { inpaint } from "./inpaint";
import { type PerturbedInput, spatialAxes } from "./perturbed-inputs";
import type { Window } from "./windows";

const REFERENCES = ["zero", "constant", "mean", "blur", "noise"] as const;

/** What stands for an element that is taken away, where it does not depend on which others are. */
export const REFERENCE_PARAMETERS: readonly ParameterDescription[] = fillParameters(
	REFERENCES,
	"What stands for what is taken away: 0, the number `baseline_value`, the mean of each channel, the input blurred, or Gaussian noise with the mean and deviation of each channel (Captum: baselines). Tokens: 0, or the token `baseline_value`.",
);

/** The same with the choice that depends on the window. */
export const WINDOW_FILL_PARAMETERS: readonly ParameterDescription[] = fillParameters(
	[...REFERENCES, "inpaint"],
	"What covers a window: 0, the number `baseline_value`, the mean of each channel, the input blurred, Gaussian noise with the mean and deviation of each channel, or what surrounds the window continued into it (Captum: baselines). Tokens: 0, or the token `baseline_value`.",
);

/** The same for methods that blend real numbers, where a blur is the natural reference (Fong, Vedaldi 2017). */
export const BLURRED_PARAMETERS: readonly ParameterDescription[] = fillParameters(
	["auto", ...REFERENCES],
	"What shows where the mask takes away: the input blurred, where it has positions, and 0 elsewhere (auto); or 0, the number `baseline_value`, the mean of each channel, the input blurred, or Gaussian noise with the mean and deviation of each channel.",
);

function fillParameters(choices: readonly string[], help: string): ParameterDescription[] {
	return [
		{ name: "baselines", type: "choice", default: choices[0] as string, choices, help },
		{
			name: "baseline_value",
			type: "number",
			default: 0,
			help: "The number of the constant baseline, in the units of the preprocessed input.",
		},
		{
			name: "blur_sigma",
			type: "number",
			default: 10,
			min: 0.1,
			max: 1000,
			unit: "elements",
			help: "Standard deviation of the blur (Fong and Vedaldi 2017: 10 at 224).",
		},
	];
}

/**
 * The reference of an input, of its shape and dtype.
 * @throws InvalidRequestError when the input has nothing of the kind: no neighbours to blur, no mean of tokens
 */
export function referenceOf(request: PreparedRequest, input: PerturbedInput): Tensor {
	const { name, tensor, channelAxis } = input;
	const given = request.baselines?.[name];
	if (given) return broadcastBaseline(name, given, tensor);
	const wanted = textOf(request, "baselines");
	const kind = wanted === "auto" && spatialAxes(input).length > 0 ? "blur" : wanted;
	if (tensor.dtype !== "float32") return tokenBaseline(request, name, tensor);
	if (kind === "blur") {
		const axes = needNeighbours(input, kind).map((axis) => axis + 1);
		const blurred = gaussianBlur(tensor.data, tensor.shape, axes, numberOf(request, "blur_sigma"), "nearest");
		return { dtype: "float32", shape: tensor.shape, data: Float32Array.from(blurred) };
	}
	if (kind === "noise") return noise(meansOf(request, input), tensor, request.seed);
	return baselineOf(request, name, tensor, channelAxis);
}

/** What covers a window: a tensor of the input's shape, right inside the window and until the next call. */
export type Fill = (window: Window) => Tensor;

/** The fill of an input by its name in the parameter `baselines`. @throws InvalidRequestError as `referenceOf` */
export function fillOf(request: PreparedRequest, input: PerturbedInput): Fill {
	if (textOf(request, "baselines") === "inpaint" && !request.baselines?.[input.name])
		return inpaint(input.tensor, meansOf(request, input), needNeighbours(input, "inpaint"));
	const reference = referenceOf(request, input);
	return () => reference;
}

function needNeighbours(input: PerturbedInput, kind: string): number[] {
	const axes = spatialAxes(input);
	if (axes.length > 0 && input.tensor.dtype === "float32") return axes;
	throw new InvalidRequestError(
		`the baseline ${kind} needs neighbours, but "${input.name}" has ${axes.length === 0 ? "no axis of positions" : "whole numbers"}`,
		"baselines",
		"Take zero, mean or constant.",
	);
}

function meansOf(request: PreparedRequest, { name, tensor, channelAxis }: PerturbedInput): Tensor {
	return baselineOf(
		{ ...request, parameters: { ...request.parameters, baselines: "mean" } },
		name,
		tensor,
		channelAxis,
	);
}

/** Independent normal numbers about the means, with the deviation of each channel: of all elements that share a mean. */
function noise(means: Tensor, input: Tensor, seed: number): Tensor {
	const random = new Random(seed);
	const n = Math.max(1, input.shape[0] ?? 1);
	const size = input.data.length / n;
	const data = new Float32Array(input.data.length);
	for (let from = 0; from < data.length; from += size) {
		const squares = new Map<number, { sum: number; count: number }>();
		for (let at = from; at < from + size; at++) {
			const mean = means.data[at] as number;
			const tally = squares.get(mean) ?? { sum: 0, count: 0 };
			squares.set(mean, tally);
			tally.sum += ((input.data[at] as number) - mean) ** 2;
			tally.count++;
		}
		for (let at = from; at < from + size; at++) {
			const mean = means.data[at] as number;
			const { sum, count } = squares.get(mean) as { sum: number; count: number };
			data[at] = mean + Math.sqrt(sum / count) * random.gaussian();
		}
	}
	return { dtype: "float32", shape: input.shape, data };
}
