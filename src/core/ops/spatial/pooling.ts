import type { Builder } from "../../program/builder";
import type { Value } from "../../program/types";
import { avgPool2d, avgPool3d, max, maxPool2d, maxPool3d, mean, type PoolAttributes } from "../../program/vocabulary";
import { flagAttr, perAxisAttr, textAttr } from "../attributes";
import { asFloat, inputAt } from "../numbers";
import type { Attrs, OpDefinition } from "../op";
import { imageAsSequence, isChannelsFirst, onChannelsLast, sequenceAsImage, spatialRank } from "./layout";

type Pool = (b: Builder, x: Value, a: PoolAttributes) => Value;

/**
 * Pooling over windows of one to three spatial axes. attrs: `window`, `strides` (default: the window),
 * `padding` (`valid` or `same`; an average counts only cells inside the map), `dataFormat`.
 */
function pooled(b: Builder, x: Value, attrs: Attrs, pool2d: Pool, pool3d: Pool): Value {
	return onChannelsLast(b, x, attrs, (map) => {
		const rank = spatialRank(map);
		const window = perAxisAttr(attrs, "window", rank, 2);
		const strides = attrs.strides == null ? window : perAxisAttr(attrs, "strides", rank);
		const padding = textAttr(attrs, "padding", ["valid", "same"], "valid");
		if (rank === 3) return pool3d(b, map, { window, strides, padding });
		if (rank === 2) return pool2d(b, map, { window, strides, padding });
		const image = { window: [1, ...window], strides: [1, ...strides], padding };
		return imageAsSequence(b, pool2d(b, sequenceAsImage(b, map), image));
	});
}

/** Over all spatial axes. attrs: `keepDims`, `dataFormat`. */
function overAll(b: Builder, x: Value, attrs: Attrs, reduceAxes: typeof mean): Value {
	const rank = spatialRank(x);
	const first = isChannelsFirst(attrs) ? 2 : 1;
	const axes = Array.from({ length: rank }, (_, axis) => first + axis);
	return reduceAxes(b, asFloat(b, x), axes, flagAttr(attrs, "keepDims"));
}

export const POOLING: readonly OpDefinition[] = [
	{
		op: "MaxPool",
		kind: "route",
		family: "max-pooling",
		forward: (b, inputs, _params, attrs) => [pooled(b, inputAt(inputs, 0), attrs, maxPool2d, maxPool3d)],
	},
	{
		op: "AvgPool",
		kind: "linear",
		family: "average-pooling",
		forward: (b, inputs, _params, attrs) => [pooled(b, inputAt(inputs, 0), attrs, avgPool2d, avgPool3d)],
	},
	{
		op: "GlobalMaxPool",
		kind: "route",
		family: "max-pooling",
		forward: (b, inputs, _params, attrs) => [overAll(b, inputAt(inputs, 0), attrs, max)],
	},
	{
		op: "GlobalAvgPool",
		kind: "linear",
		family: "average-pooling",
		forward: (b, inputs, _params, attrs) => [overAll(b, inputAt(inputs, 0), attrs, mean)],
	},
];
