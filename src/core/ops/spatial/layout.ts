import { InvalidRequestError } from "../../../shared/errors";
import type { Builder } from "../../program/builder";
import type { Dim, Value } from "../../program/types";
import { reshape, transpose } from "../../program/vocabulary";
import { textAttr } from "../attributes";
import { asFloat } from "../numbers";
import type { Attrs } from "../op";

/**
 * Runs a spatial computation on channels-last feature maps. A file that keeps channels first gets explicit
 * transposes around it; the layout pass cancels them between neighbours.
 * @param x [N, ...spatial, C], or [N, C, ...spatial] when `attrs.dataFormat` is `channels_first`
 */
export function onChannelsLast(b: Builder, x: Value, attrs: Attrs, compute: (x: Value) => Value): Value {
	const real = asFloat(b, x);
	if (!isChannelsFirst(attrs)) return compute(real);
	return toChannelsFirst(b, compute(toChannelsLast(b, real)));
}

export function isChannelsFirst(attrs: Attrs): boolean {
	return textAttr(attrs, "dataFormat", ["channels_last", "channels_first"], "channels_last") === "channels_first";
}

export function toChannelsLast(b: Builder, x: Value): Value {
	const spatial = x.shape.map((_, axis) => axis).slice(2);
	return x.shape.length < 3 ? x : transpose(b, x, [0, ...spatial, 1]);
}

export function toChannelsFirst(b: Builder, x: Value): Value {
	const rank = x.shape.length;
	const spatial = x.shape.map((_, axis) => axis).slice(1, -1);
	return rank < 3 ? x : transpose(b, x, [0, rank - 1, ...spatial]);
}

/** Number of spatial axes of a feature map: rank without batch and channels. @throws InvalidRequestError unless 1 to 3 */
export function spatialRank(x: Value): 1 | 2 | 3 {
	const rank = x.shape.length - 2;
	if (rank !== 1 && rank !== 2 && rank !== 3)
		throw new InvalidRequestError(
			`a feature map of 1 to 3 spatial axes was expected, but the tensor has ${x.shape.length} axes`,
		);
	return rank;
}

/** [N, L, C] as [N, 1, L, C]: sequences go through the two-dimensional ops. */
export function sequenceAsImage(b: Builder, x: Value): Value {
	const [n, length, channels] = x.shape as [Dim, Dim, Dim];
	return reshape(b, x, [n, 1, length, channels]);
}

export function imageAsSequence(b: Builder, x: Value): Value {
	const [n, , length, channels] = x.shape as [Dim, Dim, Dim, Dim];
	return reshape(b, x, [n, length, channels]);
}
