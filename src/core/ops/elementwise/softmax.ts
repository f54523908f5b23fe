import type { Builder } from "../../program/builder";
import type { Dim, Value } from "../../program/types";
import {
	add,
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
import type { OpDefinition } from "../op";
import { splitAxis } from "../shape/split";

/** Runs a function of the last axis along another one. */
function alongAxis(b: Builder, x: Value, axis: number, compute: (x: Value) => Value): Value {
	const last = x.shape.length - 1;
	const at = axisOf(axis, x.shape.length);
	if (at === last) return compute(x);
	const swapped = x.shape.map((_, i) => (i === at ? last : i === last ? at : i));
	return transpose(b, compute(transpose(b, x, swapped)), swapped);
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
		/** attrs: `axes`, one or several that share one sum (default: the last) */
		forward(b, inputs, _params, attrs) {
			const x = asFloat(b, inputAt(inputs, 0));
			const axes = numbersAttr(attrs, "axes", [-1]);
			if (axes.length === 1) return [alongAxis(b, x, axes[0] as number, (last) => softmax(b, last))];
			return [exp(b, sub(b, x, logSumExp(b, x, axes, true)))];
		},
	},
	{
		op: "LogSoftmax",
		kind: "softmax",
		forward(b, inputs, _params, attrs) {
			const x = asFloat(b, inputAt(inputs, 0));
			return [alongAxis(b, x, numberAttr(attrs, "axis", -1), (last) => logSoftmax(b, last))];
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
		 * of elements outside the mask
		 */
		forward(b, inputs, _params, attrs) {
			const x = inputAt(inputs, 0);
			return [select(b, alignedMask(b, inputAt(inputs, 1), x), x, numberAttr(attrs, "value", 0))];
		},
	},
];

/** A mask with axes of extent 1 for the trailing axes of x that it lacks. */
export function alignedMask(b: Builder, mask: Value, x: Value): Value {
	let aligned = cast(b, mask, "bool");
	while (aligned.shape.length < x.shape.length) aligned = expandDims(b, aligned, -1);
	return aligned;
}
