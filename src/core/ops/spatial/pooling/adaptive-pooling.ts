import type { Builder } from "../../../program/builder";
import type { Dim, Value } from "../../../program/types";
import { constant, gather, max } from "../../../program/vocabulary";
import { perAxisAttr } from "../../attributes";
import { checkTable, inputAt, knownExtent } from "../../numbers";
import type { Attrs, OpDefinition } from "../../op";
import { onChannelsLast, spatialRank } from "../layout";
import { mapAxis } from "../resizing/axis-map";

/**
 * Pooling to a given size: output position i covers the cells from floor(i * in / out) to ceil((i + 1) * in / out),
 * as in PyTorch and Keras 3.13. Bins are boxes, so both kinds separate into one step an axis.
 * attrs: `outputSize` (one number or one an axis), `dataFormat`.
 */
function adaptive(b: Builder, x: Value, attrs: Attrs, step: typeof averageAxis): Value {
	return onChannelsLast(b, x, attrs, (map) => {
		const size = perAxisAttr(attrs, "outputSize", spatialRank(map));
		return size.reduce((y, made, index) => step(b, y, index + 1, made), map);
	});
}

/** [start, end) of each bin. */
export function adaptiveBins(extent: number, made: number): [number, number][] {
	checkTable(made, 16);
	return Array.from({ length: made }, (_, i) => [
		Math.floor((i * extent) / made),
		Math.ceil(((i + 1) * extent) / made),
	]);
}

function averageAxis(b: Builder, x: Value, axis: number, made: number): Value {
	const extent = knownExtent(x, axis);
	checkTable(made, Math.max(extent, 16));
	const matrix = adaptiveBins(extent, made).map(([start, end]) =>
		Array.from({ length: extent }, (_, at) => (at >= start && at < end ? 1 / (end - start) : 0)),
	);
	return mapAxis(b, x, axis, matrix);
}

/** Bins differ in length by one: the shorter ones name their last cell twice, which changes no maximum. */
function maximumAxis(b: Builder, x: Value, axis: number, made: number): Value {
	const bins = adaptiveBins(knownExtent(x, axis), made);
	const longest = bins.reduce((most, [start, end]) => Math.max(most, end - start), 0);
	checkTable(made, longest);
	const cells = bins.flatMap(([start, end]) =>
		Array.from({ length: longest }, (_, at): Dim => Math.min(start + at, end - 1)),
	);
	return max(b, gather(b, x, constant(b, cells, [made, longest], "int32"), axis), [axis + 1]);
}

export const ADAPTIVE_POOLING: readonly OpDefinition[] = [
	{
		op: "AdaptiveMaxPool",
		kind: "route",
		family: "max-pooling",
		forward: (b, inputs, _params, attrs) => [adaptive(b, inputAt(inputs, 0), attrs, maximumAxis)],
	},
	{
		op: "AdaptiveAvgPool",
		kind: "linear",
		family: "average-pooling",
		forward: (b, inputs, _params, attrs) => [adaptive(b, inputAt(inputs, 0), attrs, averageAxis)],
	},
];
