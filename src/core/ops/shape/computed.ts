import { InvalidRequestError } from "../../../shared/errors";
import type { Builder } from "../../program/builder";
import { broadcastShapes, formatDim, formatShape, isBatchDim, productOf } from "../../program/dims";
import { knownExtents, knownNumbers, knownTensor } from "../../program/known";
import type { Dim, Value } from "../../program/types";
import {
	binary,
	broadcastTo,
	constant,
	expandDims,
	gather,
	reduce,
	reshape,
	select,
	shapeOf,
	slice,
	squeeze,
} from "../../program/vocabulary";
import { flagAttr, numberAttr, numbersAttr } from "../attributes";
import { axisOf, inputAt } from "../numbers";
import type { Attrs, OpDefinition } from "../op";

/**
 * Ops whose shapes are values of the graph, as in ONNX. What they are given must be known while the program is built:
 * constants, and what is computed of constants and shapes.
 *
 * A file often fixes the batch that it was exported with: `[1, 256]` for one example. Where the first axis of `x` counts
 * examples, the first extent that is asked for counts those of one example: example follows example in memory, so the
 * shape of one becomes the shape of all by taking the first extent N times.
 */
function reshapeTo(b: Builder, x: Value, asked: readonly (Dim | null)[], zeroIsCopied: boolean): Value {
	const extents = asked.map((extent, axis) => (extent === 0 && zeroIsCopied ? extentAt(x, axis) : extent));
	const total = productOf(x.shape);
	const byExample = isBatchDim(x.shape[0] ?? 1) && !extents.some((extent) => extent !== null && extent < 0);
	const [first, ...rest] = extents;
	const counted = byExample && typeof first === "number" && first > 0 ? [-first, ...rest] : extents;
	const open = counted.indexOf(null);
	if (open !== counted.lastIndexOf(null))
		throw new InvalidRequestError(`[${asked.map(shown).join(", ")}] leaves more than one extent open`);
	const known = productOf(counted.filter((extent): extent is Dim => extent !== null));
	const left = quotient(total, known);
	const shape = counted.map((extent) => extent ?? left ?? Number.NaN);
	if (shape.some(Number.isNaN) || (open < 0 && known !== total))
		throw new InvalidRequestError(`${formatShape(x.shape)} cannot be seen as [${asked.map(shown).join(", ")}]`);
	return reshape(b, x, shape);
}

const shown = (extent: Dim | null): string => (extent === null ? "-1" : formatDim(extent));

function extentAt(x: Value, axis: number): Dim {
	const extent = x.shape[axis];
	if (extent === undefined)
		throw new InvalidRequestError(`the extent of axis ${axis} is to be copied, but ${formatShape(x.shape)} has none`);
	return extent;
}

/** What is left of `total` elements; multiples of the batch by multiples of it, or by numbers. */
function quotient(total: Dim, known: Dim): Dim | undefined {
	if (known === 0) return total === 0 ? 0 : undefined;
	if (isBatchDim(known) && !isBatchDim(total)) return undefined;
	const left = total / known;
	return Number.isInteger(left) ? left : undefined;
}

/** A shape that an attr or an input gives; -1 in an attr is open, as in an input. */
function shapeAt(b: Builder, inputs: readonly Value[], index: number, attrs: Attrs): (Dim | null)[] {
	if (attrs.shape != null) return numbersAttr(attrs, "shape").map((extent) => (extent < 0 ? null : extent));
	return knownExtents(b, inputAt(inputs, index), "extents");
}

/** Axes that an input names, or the attr `axes`; `undefined` when neither is there. */
function axesOf(b: Builder, inputs: readonly Value[], attrs: Attrs): number[] | undefined {
	if (Array.isArray(attrs.axes)) return attrs.axes as number[];
	return inputs[1] ? knownNumbers(b, inputs[1], "axes") : undefined;
}

export const COMPUTED_SHAPES: readonly OpDefinition[] = [
	{
		op: "ReshapeTo",
		kind: "shape",
		/** inputs: x and the shape, or attr `shape` (-1: what is left, 0: as x has it); attrs: `allowZero` (0 is no elements) */
		forward(b, inputs, _params, attrs) {
			const x = inputAt(inputs, 0);
			return [reshapeTo(b, x, shapeAt(b, inputs, 1, attrs), !flagAttr(attrs, "allowZero"))];
		},
	},
	{
		op: "FlattenAt",
		kind: "shape",
		/** Two axes: all before `axis`, all from it on. */
		forward(b, inputs, _params, attrs) {
			const x = inputAt(inputs, 0);
			const asked = numberAttr(attrs, "axis", 1);
			const axis = asked < 0 ? asked + x.shape.length : asked;
			return [reshape(b, x, [productOf(x.shape.slice(0, axis)), productOf(x.shape.slice(axis))])];
		},
	},
	{
		op: "SqueezeAxes",
		kind: "shape",
		/** inputs: x and maybe the axes (attr `axes` in their place); all of extent 1 when neither is given */
		forward(b, inputs, _params, attrs) {
			const x = inputAt(inputs, 0);
			const all = x.shape.flatMap((extent, axis) => (extent === 1 ? [axis] : []));
			const axes = axesOf(b, inputs, attrs)?.map((axis) => axisOf(axis, x.shape.length)) ?? all;
			for (const axis of axes)
				if (x.shape[axis] !== 1)
					throw new InvalidRequestError(`axis ${axis} of ${formatShape(x.shape)} is not of extent 1`);
			return [squeeze(b, x, axes)];
		},
	},
	{
		op: "UnsqueezeAxes",
		kind: "shape",
		/** inputs: x and maybe the axes (attr `axes` in their place), as they count in the result */
		forward(b, inputs, _params, attrs) {
			const x = inputAt(inputs, 0);
			const axes = axesOf(b, inputs, attrs) ?? [];
			const rank = x.shape.length + axes.length;
			const sorted = axes.map((axis) => axisOf(axis, rank)).sort((p, q) => p - q);
			return [sorted.reduce((y, axis) => expandDims(b, y, axis), x)];
		},
	},
	{
		op: "ShapeOf",
		kind: "opaque",
		/** attrs: `start`, `end`, of the axes whose extents are given */
		forward(b, inputs, _params, attrs) {
			const x = inputAt(inputs, 0);
			const rank = x.shape.length;
			const clipped = (bound: number) => Math.min(rank, Math.max(0, bound < 0 ? bound + rank : bound));
			const start = clipped(numberAttr(attrs, "start", 0));
			const end = clipped(numberAttr(attrs, "end", rank));
			const shape = shapeOf(b, x);
			return [start === 0 && end === rank ? shape : slice(b, shape, [start], [Math.max(0, end - start)])];
		},
	},
	{
		op: "SizeOf",
		kind: "opaque",
		forward: (b, inputs) => [reduce(b, "reduceProd", shapeOf(b, inputAt(inputs, 0)), [0])],
	},
	{
		op: "ExpandTo",
		kind: "shape",
		/** inputs: x and a shape that x is broadcast with, both ways, or attr `shape` */
		forward(b, inputs, _params, attrs) {
			const x = inputAt(inputs, 0);
			const asked = shapeAt(b, inputs, 1, attrs).map((extent) => extent ?? 1);
			return [broadcastTo(b, x, broadcastShapes(x.shape, asked))];
		},
	},
	{
		op: "FilledOf",
		kind: "opaque",
		/** inputs: a shape, or attr `shape`; attrs: `value`, `dtype` */
		forward(b, inputs, _params, attrs) {
			const shape = shapeAt(b, inputs, 0, attrs).map((extent) => extent ?? 0);
			const dtype = attrs.dtype === "int32" || attrs.dtype === "bool" ? attrs.dtype : "float32";
			return [broadcastTo(b, constant(b, numberAttr(attrs, "value", 0), [], dtype), shape)];
		},
	},
	{
		op: "GatherAlong",
		kind: "shape",
		/** inputs: x and int32 places along `axis`, negative ones from the end */
		forward(b, inputs, _params, attrs) {
			const x = inputAt(inputs, 0);
			const axis = axisOf(numberAttr(attrs, "axis", 0), x.shape.length);
			return [gather(b, x, fromTheStart(b, inputAt(inputs, 1), x.shape[axis] as Dim), axis)];
		},
	},
];

/** Places along an axis, negative ones counted from the end. */
function fromTheStart(b: Builder, places: Value, extent: Dim): Value {
	const known = knownTensor(b, places);
	if (known && !known.batch && (extent >= 0 || known.data.every((place) => place >= 0)))
		return constant(
			b,
			known.data.map((place) => (place < 0 ? place + extent : place)),
			known.shape,
			"int32",
		);
	if (extent < 0) return places;
	return select(b, binary(b, "less", places, 0), binary(b, "add", places, extent), places);
}
