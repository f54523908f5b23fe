import type { Builder } from "../../program/builder";
import { productOf } from "../../program/dims";
import type { Dim, Value } from "../../program/types";
import {
	add,
	argMax,
	binary,
	cast,
	constant,
	div,
	exp,
	expandDims,
	log,
	logSoftmax,
	max,
	maximum,
	mul,
	oneHot,
	reshape,
	select,
	softmax,
	sub,
	sum,
	transpose,
	unary,
} from "../../program/vocabulary";
import { numberAttr, numbersAttr } from "../attributes";
import { asFloat, axisOf, checkTable, inputAt, knownExtent } from "../numbers";
import type { Attrs, OpDefinition } from "../op";
import { splitAxis } from "../shape/split";

/** Runs a function of the last axis along another one. */
function alongAxis(b: Builder, x: Value, axis: number, compute: (x: Value) => Value): Value {
	const last = x.shape.length - 1;
	const at = axisOf(axis, x.shape.length);
	if (at === last) return compute(x);
	const swapped = x.shape.map((_, i) => (i === at ? last : i === last ? at : i));
	return transpose(b, compute(transpose(b, x, swapped)), swapped);
}

/** As {@link alongAxis} over several axes as if they were one. */
function alongAxes(b: Builder, x: Value, axes: readonly number[], compute: (x: Value) => Value): Value {
	// Behind the last axis there is nothing: every element is a row of its own.
	if (axes.length === 0) return reshape(b, compute(expandDims(b, x, -1)), x.shape);
	if (axes.length === 1) return alongAxis(b, x, axes[0] as number, compute);
	const places = axes.map((axis) => axisOf(axis, x.shape.length)).sort((p, q) => p - q);
	const order = [...x.shape.keys()].filter((axis) => !places.includes(axis)).concat(places);
	const moved = transpose(b, x, order);
	const rest = moved.shape.slice(0, order.length - places.length);
	const computed = compute(reshape(b, moved, [...rest, productOf(moved.shape.slice(rest.length))]));
	return transpose(
		b,
		reshape(b, computed, moved.shape),
		[...order.keys()].map((axis) => order.indexOf(axis)),
	);
}

/** attrs: `axes`, one or several that count as one; `from`: all axes from there on as one; or `axis` (default: the last) */
function axesOf(x: Value, attrs: Attrs): number[] {
	if (attrs.from == null) return numbersAttr(attrs, "axes", [numberAttr(attrs, "axis", -1)]);
	const asked = numberAttr(attrs, "from");
	const first = asked < 0 ? asked + x.shape.length : asked;
	return [...x.shape.keys()].slice(first);
}

/** log of the sum of exponentials over axes; the largest one is taken out first, so that nothing overflows. */
export function logSumExp(b: Builder, x: Value, axes: readonly number[], keepDims: boolean): Value {
	const largest = max(b, x, axes, true);
	const finite = select(b, unary(b, "isInfinite", largest), 0, largest);
	const result = add(b, log(b, sum(b, exp(b, sub(b, x, finite)), axes, true)), finite);
	if (keepDims) return result;
	const dropped = new Set(axes.map((axis) => axisOf(axis, x.shape.length)));
	return reshape(
		b,
		result,
		x.shape.filter((_, axis) => !dropped.has(axis)),
	);
}

/**
 * Keras' sparsemax over the last axis (after Martins & Astudillo 2016). The entries of the support are found by comparing
 * every pair instead of sorting: entry i has rank r(i) and c(i) is the sum of the entries down to it; it belongs to the
 * support when 1 + r(i) z(i) > c(i). The paper's threshold is (c - 1) / k with the c of the last entry of k; Keras 3.15
 * adds the c of all of them, which is reproduced here because it is what the model was trained with.
 */
function sparsemax(b: Builder, x: Value): Value {
	const extent = knownExtent(x, x.shape.length - 1);
	const leading = x.shape.slice(0, -1) as Dim[];
	const other = reshape(b, x, [...leading, 1, extent]);
	const own = reshape(b, x, [...leading, extent, 1]);
	checkTable(extent);
	const places = Array.from({ length: extent }, (_, i) => i);
	const earlier = binary(b, "lessEqual", constant(b, places, [1, extent]), constant(b, places, [extent, 1]));
	const tied = binary(b, "logicalAnd", binary(b, "equal", other, own), earlier);
	const counted = cast(b, binary(b, "logicalOr", binary(b, "greater", other, own), tied), "float32");
	const rank = sum(b, counted, [-1]);
	const cumulated = sum(b, mul(b, counted, other), [-1]);
	const support = cast(b, binary(b, "greater", sub(b, x, div(b, sub(b, cumulated, 1), rank)), 0), "float32");
	const size = sum(b, support, [-1], true);
	const threshold = div(b, sub(b, sum(b, mul(b, support, cumulated), [-1], true), 1), size);
	return maximum(b, sub(b, x, threshold), 0);
}

export const SOFTMAX: readonly OpDefinition[] = [
	{
		op: "Softmax",
		kind: "softmax",
		/** attrs: `axes`, one or several that share one sum (default: the last), or `from`: all axes from there on */
		forward(b, inputs, _params, attrs) {
			const x = asFloat(b, inputAt(inputs, 0));
			return [alongAxes(b, x, axesOf(x, attrs), (last) => softmax(b, last))];
		},
	},
	{
		op: "LogSoftmax",
		kind: "softmax",
		/** attrs: `axis`, or `from`: all axes from there on share one sum */
		forward(b, inputs, _params, attrs) {
			const x = asFloat(b, inputAt(inputs, 0));
			return [alongAxes(b, x, axesOf(x, attrs), (last) => logSoftmax(b, last))];
		},
	},
	{
		op: "Hardmax",
		kind: "opaque",
		/** 1 at the first largest entry along `axes`, 0 elsewhere. */
		forward(b, inputs, _params, attrs) {
			const x = asFloat(b, inputAt(inputs, 0));
			return [
				alongAxes(b, x, axesOf(x, attrs), (last) =>
					oneHot(b, argMax(b, last, -1), knownExtent(last, last.shape.length - 1)),
				),
			];
		},
	},
	{
		op: "Sparsemax",
		kind: "softmax",
		forward(b, inputs, _params, attrs) {
			const x = asFloat(b, inputAt(inputs, 0));
			return [alongAxis(b, x, numberAttr(attrs, "axis", -1), (last) => sparsemax(b, last))];
		},
	},
	{
		op: "Glu",
		kind: "bilinear",
		/** Dauphin et al. 2016: the first half of an axis times the sigmoid of the second. attrs: `axis` */
		forward(b, inputs, _params, attrs) {
			const x = asFloat(b, inputAt(inputs, 0));
			const axis = axisOf(numberAttr(attrs, "axis", -1), x.shape.length);
			const half = knownExtent(x, axis) / 2;
			const [value, gate] = splitAxis(b, x, axis, [half, half]) as [Value, Value];
			return [mul(b, value, unary(b, "sigmoid", gate))];
		},
	},
	{
		op: "MaskedFill",
		kind: "linear",
		/**
		 * inputs: x and a bool mask of the leading axes of x, or of all of them; attrs: `value`, what takes the place
		 * of elements outside the mask; `trailing`, how many axes of the mask belong to the last axes of x (0);
		 * `fromRank`, the least rank of x that is filled at all (0)
		 */
		forward(b, inputs, _params, attrs) {
			const x = inputAt(inputs, 0);
			if (x.shape.length < numberAttr(attrs, "fromRank", 0)) return [x];
			const mask = alignedMask(b, inputAt(inputs, 1), x, numberAttr(attrs, "trailing", 0));
			return [select(b, mask, x, numberAttr(attrs, "value", 0))];
		},
	},
];

/** A mask with axes of extent 1 for the axes of x that it lacks, before its `trailing` last ones. */
export function alignedMask(b: Builder, mask: Value, x: Value, trailing = 0): Value {
	let aligned = cast(b, mask, "bool");
	const at = Math.max(0, mask.shape.length - trailing);
	while (aligned.shape.length < x.shape.length) aligned = expandDims(b, aligned, at);
	return aligned;
}
