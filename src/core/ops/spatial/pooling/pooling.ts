import type { Builder } from "../../../program/builder";
import type { Value } from "../../../program/types";
import {
	abs,
	avgPool2d,
	avgPool3d,
	binary,
	div,
	full,
	max,
	maximum,
	maxPool2d,
	maxPool3d,
	mean,
	mul,
	type PoolAttributes,
	pad,
	sqrt,
	square,
	stridedSlice,
	sum as total,
} from "../../../program/vocabulary";
import { flagAttr, numberAttr, perAxisAttr, textAttr } from "../../attributes";
import { asFloat, inputAt } from "../../numbers";
import type { Attrs, OpDefinition } from "../../op";
import { imageAsSequence, isChannelsFirst, onChannelsLast, sequenceAsImage, spatialRank } from "../layout";
import { isPlainWindow, poolWindow, type Window } from "./pool-window";

type Pool = (b: Builder, x: Value, a: PoolAttributes) => Value;
type PaddedPool = (b: Builder, map: Value, window: Window, countPadding: boolean) => Value;

/**
 * Pooling over windows of one to three spatial axes. attrs: `window`, `strides` (default: the window),
 * `padding` (`valid`, `same`, `same_lower` or pairs [before, after]), `dilations`, `ceil` (a last window that begins
 * inside the map but runs over its end counts), `countPadding` (an average divides by all cells of the padded map),
 * `dataFormat`.
 */
function pooled(b: Builder, x: Value, attrs: Attrs, primitive: Pool, padded: PaddedPool): Value {
	return onChannelsLast(b, x, attrs, (map) => {
		if (isPlainWindow(attrs)) {
			const rank = spatialRank(map);
			const window = perAxisAttr(attrs, "window", rank, 2);
			const strides = attrs.strides == null ? window : perAxisAttr(attrs, "strides", rank);
			return primitive(b, map, { window, strides, padding: textAttr(attrs, "padding", ["valid", "same"], "valid") });
		}
		return padded(b, map, poolWindow(map, attrs), flagAttr(attrs, "countPadding"));
	});
}

/** A pool primitive for maps of one to three spatial axes. */
const ofAnyRank =
	(pool2d: Pool, pool3d: Pool): Pool =>
	(b, map, { window, strides, padding }) => {
		const rank = spatialRank(map);
		if (rank === 3) return pool3d(b, map, { window, strides, padding });
		if (rank === 2) return pool2d(b, map, { window, strides, padding });
		const image: PoolAttributes = { window: [1, ...window], strides: [1, ...strides], padding };
		return imageAsSequence(b, pool2d(b, sequenceAsImage(b, map), image));
	};

const maxPool = ofAnyRank(maxPool2d, maxPool3d);
const averagePool = ofAnyRank(avgPool2d, avgPool3d);

/** Padding that no cell of a window is smaller than; it is never a maximum unless a window holds nothing else. */
export const LOWEST = -3.4028234663852886e38;

function surround(b: Builder, map: Value, { padding }: Window, value: number): Value {
	if (padding.every(([before, after]) => before === 0 && after === 0)) return map;
	return pad(b, map, [[0, 0], ...padding, [0, 0]], value);
}

function paddedMax(b: Builder, map: Value, window: Window): Value {
	const whole = surround(b, map, window, LOWEST);
	if (window.dilations.every((dilation) => dilation === 1))
		return maxPool(b, whole, { window: window.size, strides: window.strides, padding: "valid" });
	return spread(b, whole, window).reduce((most, cells) => maximum(b, most, cells));
}

/** For each cell of a window, what it sees at each position of the window: how dilated windows are pooled. */
export function spread(b: Builder, map: Value, { size, strides, dilations, made }: Window): Value[] {
	let parts = [map];
	for (const [axis, extent] of size.entries()) {
		const count = made[axis] as number;
		const [stride, dilation] = [strides[axis] as number, dilations[axis] as number];
		parts = parts.flatMap((part) =>
			Array.from({ length: extent }, (_, cell) =>
				stridedSlice(b, part, axis + 1, cell * dilation, cell * dilation + (count - 1) * stride + 1, stride),
			),
		);
	}
	return parts;
}

/** The mean over all cells of each window of a map that is padded already. */
function windowMean(b: Builder, map: Value, window: Window): Value {
	if (window.dilations.every((dilation) => dilation === 1))
		return averagePool(b, map, { window: window.size, strides: window.strides, padding: "valid" });
	const parts = spread(b, map, window);
	return div(
		b,
		parts.reduce((total, part) => b.emit("add", [total, part])),
		parts.length,
	);
}

/**
 * The mean over the cells that count: those of the map, or those of the padded map. What `ceil` adds behind the padding
 * never counts, as in PyTorch and ONNX.
 */
function paddedMean(b: Builder, map: Value, window: Window, countPadding: boolean): Value {
	const average = (cells: Value) => windowMean(b, cells, window);
	const extents = map.shape.slice(1, -1);
	const cells = full(b, [1, ...extents, 1], 1);
	const declared = countPadding ? surround(b, cells, { ...window, padding: window.declared }, 1) : cells;
	const rest = window.padding.map(([before, after], axis): [number, number] => {
		const [start, end] = countPadding ? (window.declared[axis] as readonly [number, number]) : [0, 0];
		return [before - start, after - end];
	});
	const share = average(surround(b, declared, { ...window, padding: rest }, 0));
	const mean = average(surround(b, map, window, 0));
	return window.padding.every(([before, after]) => before === 0 && after === 0) ? mean : mul(b, mean, div(b, 1, share));
}

/** The Lp norm of the cells of each window; padding is zeros. attrs: as of MaxPool, and `order` */
function normPooled(b: Builder, x: Value, attrs: Attrs): Value {
	const order = numberAttr(attrs, "order", 2);
	const power = (value: Value, exponent: number) =>
		exponent === 1
			? value
			: exponent === 2
				? square(b, value)
				: exponent === 0.5
					? sqrt(b, value)
					: binary(b, "pow", value, exponent);
	return onChannelsLast(b, power(abs(b, asFloat(b, x)), order), attrs, (map) => {
		const window = poolWindow(map, attrs);
		const cells = window.size.reduce((product, extent) => product * extent, 1);
		return power(mul(b, windowMean(b, surround(b, map, window, 0), window), cells), 1 / order);
	});
}

/** Over all spatial axes. attrs: `keepDims`, `dataFormat`. */
function overAll(b: Builder, x: Value, attrs: Attrs, reduceAxes: typeof mean): Value {
	const first = isChannelsFirst(attrs) ? 2 : 1;
	const axes = Array.from({ length: x.shape.length - 2 }, (_, axis) => first + axis);
	return reduceAxes(b, asFloat(b, x), axes, flagAttr(attrs, "keepDims"));
}

export const POOLING: readonly OpDefinition[] = [
	{
		op: "MaxPool",
		kind: "route",
		family: "max-pooling",
		forward: (b, inputs, _params, attrs) => [pooled(b, inputAt(inputs, 0), attrs, maxPool, paddedMax)],
	},
	{
		op: "AvgPool",
		kind: "linear",
		family: "average-pooling",
		forward: (b, inputs, _params, attrs) => [pooled(b, inputAt(inputs, 0), attrs, averagePool, paddedMean)],
	},
	{
		op: "LpPool",
		kind: "opaque",
		forward: (b, inputs, _params, attrs) => [normPooled(b, inputAt(inputs, 0), attrs)],
	},
	{
		op: "GlobalLpPool",
		kind: "opaque",
		/** attrs: `order`, `dataFormat`; the axes stay with the extent 1 */
		forward(b, inputs, _params, attrs) {
			const x = asFloat(b, inputAt(inputs, 0));
			const order = numberAttr(attrs, "order", 2);
			const sum = overAll(b, binary(b, "pow", abs(b, x), order), { ...attrs, keepDims: true }, total);
			return [binary(b, "pow", sum, 1 / order)];
		},
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
