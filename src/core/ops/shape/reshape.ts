import { InvalidRequestError } from "../../../shared/errors";
import type { Builder } from "../../program/builder";
import { formatShape, productOf } from "../../program/dims";
import type { Dim, Value } from "../../program/types";
import { expandDims, reshape, squeeze, transpose } from "../../program/vocabulary";
import { flagAttr, numberAttr, numbersAttr } from "../attributes";
import { axisOf, inputAt } from "../numbers";
import type { Attrs, OpDefinition } from "../op";
import { isChannelsFirst, toChannelsLast } from "../spatial/layout";

/**
 * Extents for a request in which one may be -1: what is left. The batch stays free where it is left over
 * (`[-1, 6]` of N x 2 x 3 is N x 6).
 */
function resolve(x: Value, asked: readonly number[]): Dim[] {
	const total = productOf(x.shape);
	const known = asked.filter((extent) => extent >= 0).reduce((a, c) => a * c, 1);
	const open = asked.filter((extent) => extent === -1).length;
	if (open > 1) throw new InvalidRequestError(`[${asked.join(", ")}] leaves more than one extent open`);
	const left = known === 0 ? 0 : total / known;
	if (open === 1 && Number.isInteger(left)) return asked.map((extent) => (extent === -1 ? left : extent));
	if (open === 0 && total === known) return [...asked];
	throw new InvalidRequestError(`${formatShape(x.shape)} cannot be seen as [${asked.join(", ")}]`);
}

/** Keeps the batch: `shape` is that of one example. */
function reshapeExample(b: Builder, x: Value, attrs: Attrs): Value {
	const [n, ...example] = x.shape as [Dim, ...Dim[]];
	const asked = resolve({ ...x, shape: example }, numbersAttr(attrs, "shape"));
	return reshape(b, x, [n, ...asked]);
}

/** `shape` is that of the whole tensor, the batch included. */
function reshapeAll(b: Builder, x: Value, attrs: Attrs): Value {
	return reshape(b, x, resolve(x, numbersAttr(attrs, "shape")));
}

function flatten(b: Builder, x: Value, attrs: Attrs): Value {
	const map = isChannelsFirst(attrs) ? toChannelsLast(b, x) : x;
	const [n, ...example] = map.shape as [Dim, ...Dim[]];
	return reshape(b, map, [n, productOf(example)]);
}

/** attrs: `permutation` of all axes, or of all but the batch counted from 1 with `keepBatch` */
function permute(b: Builder, x: Value, attrs: Attrs): Value {
	const asked =
		attrs.permutation == null ? x.shape.map((_, axis) => axis).reverse() : numbersAttr(attrs, "permutation");
	const permutation = flagAttr(attrs, "keepBatch") ? [0, ...asked] : asked.map((axis) => axisOf(axis, x.shape.length));
	return transpose(b, x, permutation);
}

function moveAxes(b: Builder, x: Value, attrs: Attrs): Value {
	const rank = x.shape.length;
	const from = numbersAttr(attrs, "source").map((axis) => axisOf(axis, rank));
	const to = numbersAttr(attrs, "destination").map((axis) => axisOf(axis, rank));
	const permutation = new Array<number>(rank).fill(-1);
	for (const [index, axis] of to.entries()) permutation[axis] = from[index] as number;
	const rest = x.shape.map((_, axis) => axis).filter((axis) => !from.includes(axis));
	return transpose(
		b,
		x,
		permutation.map((axis) => (axis === -1 ? (rest.shift() as number) : axis)),
	);
}

function swapAxes(b: Builder, x: Value, attrs: Attrs): Value {
	const [first, second] = [numberAttr(attrs, "first"), numberAttr(attrs, "second")].map((axis) =>
		axisOf(axis, x.shape.length),
	) as [number, number];
	return transpose(
		b,
		x,
		x.shape.map((_, axis) => (axis === first ? second : axis === second ? first : axis)),
	);
}

/** attrs: `axes`, each as it counts in the result */
function expand(b: Builder, x: Value, attrs: Attrs): Value {
	const axes = numbersAttr(attrs, "axes");
	const rank = x.shape.length + axes.length;
	return axes
		.map((axis) => axisOf(axis, rank))
		.sort((p, q) => p - q)
		.reduce((y, axis) => expandDims(b, y, axis), x);
}

/** attrs: `axes` of extent 1; all of them when absent */
function squeezed(b: Builder, x: Value, attrs: Attrs): Value {
	const all = x.shape.flatMap((extent, axis) => (extent === 1 ? [axis] : []));
	const axes = attrs.axes == null ? all : numbersAttr(attrs, "axes").map((axis) => axisOf(axis, x.shape.length));
	for (const axis of axes)
		if (x.shape[axis] !== 1)
			throw new InvalidRequestError(`axis ${axis} of ${formatShape(x.shape)} is not of extent 1`);
	return squeeze(b, x, axes);
}

/**
 * The first axis folded into the batch (N x T x ... to N T x ...) and back: how a layer is applied to every time step.
 * attrs of the way back: `steps`
 */
function foldSteps(b: Builder, x: Value): Value {
	const [n, steps, ...rest] = x.shape as [Dim, Dim, ...Dim[]];
	return reshape(b, x, [productOf([n, steps]), ...rest]);
}

function unfoldSteps(b: Builder, x: Value, like: Value): Value {
	const [n, steps] = like.shape as [Dim, Dim];
	return reshape(b, x, [n, steps, ...x.shape.slice(1)]);
}

const definition = (op: string, compute: (b: Builder, x: Value, attrs: Attrs) => Value): OpDefinition => ({
	op,
	kind: "shape",
	forward: (b, inputs, _params, attrs) => [compute(b, inputAt(inputs, 0), attrs)],
});

export const RESHAPES: readonly OpDefinition[] = [
	definition("Flatten", flatten),
	definition("Reshape", reshapeAll),
	definition("ReshapeExample", reshapeExample),
	definition("Permute", permute),
	definition("MoveAxes", moveAxes),
	definition("SwapAxes", swapAxes),
	definition("ExpandDims", expand),
	definition("Squeeze", squeezed),
	definition("FoldSteps", foldSteps),
	{
		op: "UnfoldSteps",
		kind: "shape",
		/** inputs: x [N T, ...] and the sequence [N, T, ...] whose steps were folded, which only gives its shape */
		forward: (b, inputs) => [unfoldSteps(b, inputAt(inputs, 0), inputAt(inputs, 1))],
	},
];
