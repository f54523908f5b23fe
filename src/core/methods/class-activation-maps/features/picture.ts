import { InvalidRequestError } from "../../../../shared/errors";
import type { ParameterDescription } from "../../../../shared/methods";
import type { AttributionMap } from "../../../../shared/result";
import { type Interpolation, interpolate } from "../../../data/numbers/interpolate";
import type { ModelSession } from "../../../session/model-session";
import { explainedInputs } from "../../examples";
import type { PreparedRequest } from "../../method";
import { textOf } from "../../parameters";
import { type FeatureLayout, featureLayout, mapOf } from "./feature-maps";

/** What is done to a map of low resolution. As they are, maps keep their resolution, sign and scale. */
export const PICTURE_PARAMETERS: readonly ParameterDescription[] = [
	{
		name: "normalize",
		type: "choice",
		default: "none",
		choices: ["none", "min-max"],
		help: "min-max brings each map to 0..1, before and after it is resized, as grad-cam does: (x - min) / (max - min + 1e-7).",
	},
	{
		name: "upsample",
		type: "choice",
		default: "none",
		choices: ["none", "nearest", "linear", "cubic"],
		help: "Resizes the map, half-pixel centres (grad-cam: linear; Captum's LayerAttribution.interpolate: nearest).",
	},
	{
		name: "size",
		type: "text",
		default: "input",
		placeholder: "input, or 224x224",
		help: "What the map is resized to: the extents of the input, or so many rows and columns.",
	},
];

export const RELU_PARAMETER: ParameterDescription = {
	name: "relu",
	type: "boolean",
	default: false,
	help: "Negative values become 0, as in the picture that grad-cam makes.",
};

/**
 * The maps of a layer as they are asked for.
 * @param values `[examples, channels of the map, positions]`
 * @throws InvalidRequestError when a size does not fit
 */
export function finishedMap(
	session: ModelSession,
	request: PreparedRequest,
	at: string,
	layout: FeatureLayout,
	examples: number,
	values: Float64Array,
	positive: boolean,
): AttributionMap {
	const target = targetOf(session, request, layout);
	const isScaled = textOf(request, "normalize") === "min-max";
	const rectified = positive ? values.map((value) => Math.max(0, value)) : values;
	const scaled = isScaled ? minMax(rectified, rectified.length / examples) : rectified;
	if (!target) return mapOf(at, layout, examples, scaled);
	const how = textOf(request, "upsample") as Interpolation;
	const resized = interpolate(scaled, layout.extents, target.layout.extents, how);
	const again = isScaled ? minMax(resized, resized.length / examples) : resized;
	return mapOf(target.at ?? at, target.layout, examples, again);
}

/** Each example by itself. */
function minMax(values: Float64Array, size: number): Float64Array {
	const result = new Float64Array(values.length);
	for (let from = 0; from < values.length; from += size) {
		const example = values.subarray(from, from + size);
		let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
		for (const value of example) [low, high] = [Math.min(low, value), Math.max(high, value)];
		for (const [at, value] of example.entries()) result[from + at] = (value - low) / (1e-7 + (high - low));
	}
	return result;
}

/** What a map is resized to; absent when it stays as it is. `at` where it then has the positions of an input. */
function targetOf(
	session: ModelSession,
	request: PreparedRequest,
	layout: FeatureLayout,
): { at?: string; layout: FeatureLayout } | undefined {
	if (textOf(request, "upsample") === "none") return undefined;
	const text = textOf(request, "size").trim();
	if (text === "input") {
		const [input] = inputsLike(session, request, layout);
		return { at: input.name, layout: input.layout };
	}
	const extents = text.split(/[x,]/).map((part) => (/^\s*[1-9][0-9]*\s*$/.test(part) ? Number(part) : Number.NaN));
	if (extents.some(Number.isNaN) || extents.length !== layout.extents.length)
		throw new InvalidRequestError(
			`the parameter size is "${text}", but the map has ${layout.extents.length} axes of positions ([${layout.extents.join(", ")}])`,
			"size",
			`Give input, or ${layout.extents.map(() => "224").join("x") || "no size for a vector"}.`,
		);
	let next = 0;
	const axes = layout.axes.map((extent) => (extent === undefined ? undefined : extents[next++]));
	return { layout: { ...layout, axes, extents, positions: extents.reduce((product, extent) => product * extent, 1) } };
}

export interface PositionedInput {
	readonly name: string;
	readonly layout: FeatureLayout;
}

/**
 * The explained inputs with as many axes of positions as a layer, so that its maps can be laid over them.
 * @throws InvalidRequestError when there is none
 */
export function inputsLike(
	session: ModelSession,
	request: PreparedRequest,
	{ extents }: FeatureLayout,
): readonly [PositionedInput, ...PositionedInput[]] {
	const explained = explainedInputs(session, request);
	const fitting = explained.flatMap(({ name, tensor, channelAxis }) => {
		// A picture of one channel may come without an axis for it.
		const layouts = [channelAxis, -1].map((axis) => featureLayout({ shape: tensor.shape.slice(1), channelAxis: axis }));
		const layout = layouts.find((candidate) => candidate.extents.length === extents.length);
		return layout && extents.length > 0 ? [{ name, layout }] : [];
	});
	const [first, ...others] = fitting;
	if (first) return [first, ...others];
	const held = explained.map(({ name, tensor }) => `${name} [${tensor.shape.slice(1).join(", ")}]`).join(", ");
	throw new InvalidRequestError(
		`the layer's map has the positions [${extents.join(", ")}], but no input has as many axes of them: ${held}`,
		request.at === undefined || request.at === "input" ? undefined : request.at.layer,
		"Choose a layer whose positions are those of the input.",
	);
}
