import type { Builder } from "../../program/builder";
import type { Value } from "../../program/types";
import {
	abs,
	binary,
	cast,
	constant,
	cumsum,
	div,
	expandDims,
	log,
	max,
	mul,
	type ReductionName,
	reduce,
	reverse,
	select,
	sqrt,
	square,
	squeeze,
	sub,
	sum,
} from "../../program/vocabulary";
import { flagAttr, numberAttr, numbersAttr } from "../attributes";
import { alignedMask, logSumExp } from "../elementwise/softmax";
import { moments } from "../normalization/statistics";
import { asFloat, axisOf, checkTable, inputAt, knownExtent } from "../numbers";
import type { Attrs, OpDefinition, OpKind } from "../op";

type Reduction = (b: Builder, x: Value, axes: readonly number[], keepDims: boolean, attrs: Attrs) => Value;

const primitive =
	(name: ReductionName): Reduction =>
	(b, x, axes, keepDims) =>
		reduce(b, name, x, axes, keepDims);

const dropped = (b: Builder, x: Value, axes: readonly number[], keepDims: boolean) =>
	keepDims ? x : squeeze(b, x, axes);

const variance: Reduction = (b, x, axes, keepDims) => dropped(b, moments(b, x, axes).variance, axes, keepDims);

/** attrs: `order` 1, 2 or `Infinity` written as "inf" */
const norm: Reduction = (b, x, axes, keepDims, attrs) => {
	if (attrs.order === "inf") return max(b, abs(b, x), axes, keepDims);
	if (attrs.order === 1) return sum(b, abs(b, x), axes, keepDims);
	return sqrt(b, sum(b, square(b, x), axes, keepDims));
};

const truths =
	(name: ReductionName): Reduction =>
	(b, x, axes, keepDims) =>
		cast(b, reduce(b, name, cast(b, cast(b, x, "bool"), "float32"), axes, keepDims), "bool");

interface Entry {
	readonly kind: OpKind;
	readonly reduction: Reduction;
	readonly family?: OpDefinition["family"];
	/** Integers stay integers. */
	readonly integers?: boolean;
	/** The result is one of the elements: truths stay truths. */
	readonly chooses?: boolean;
}

const REDUCTIONS: Readonly<Record<string, Entry>> = {
	Mean: { kind: "linear", reduction: primitive("reduceMean") },
	Sum: { kind: "linear", family: "sum", reduction: primitive("reduceSum"), integers: true },
	Max: { kind: "route", reduction: primitive("reduceMax"), integers: true, chooses: true },
	Min: { kind: "route", reduction: primitive("reduceMin"), integers: true, chooses: true },
	Prod: { kind: "opaque", reduction: primitive("reduceProd"), integers: true },
	SumSquare: {
		kind: "opaque",
		reduction: (b, x, axes, keepDims) => sum(b, mul(b, x, x), axes, keepDims),
		integers: true,
	},
	LogSum: { kind: "opaque", reduction: (b, x, axes, keepDims) => log(b, sum(b, x, axes, keepDims)) },
	Variance: { kind: "opaque", reduction: variance },
	StandardDeviation: {
		kind: "opaque",
		reduction: (b, x, axes, keepDims, attrs) => sqrt(b, variance(b, x, axes, keepDims, attrs)),
	},
	LogSumExp: { kind: "opaque", reduction: logSumExp },
	Norm: { kind: "opaque", reduction: norm },
	Any: { kind: "opaque", reduction: truths("reduceMax") },
	All: { kind: "opaque", reduction: truths("reduceMin") },
	CountNonzero: {
		kind: "opaque",
		reduction: (b, x, axes, keepDims) =>
			cast(b, sum(b, cast(b, binary(b, "notEqual", x, 0), "float32"), axes, keepDims), "int32"),
	},
};

/** attrs: `axes` (all when absent), `keepDims`, `noAxesIsAll` (an empty list is all too, as in ONNX) */
function reduced(b: Builder, x: Value, attrs: Attrs, { reduction, integers, chooses }: Entry): Value {
	const number = x.dtype === "bool" ? cast(b, x, "int32") : x;
	const all = attrs.axes == null || (flagAttr(attrs, "noAxesIsAll") && numbersAttr(attrs, "axes").length === 0);
	const axes = all ? x.shape.map((_, axis) => axis) : numbersAttr(attrs, "axes");
	const places = axes.map((axis) => axisOf(axis, x.shape.length));
	const value = reduction(b, integers ? number : asFloat(b, number), places, flagAttr(attrs, "keepDims"), attrs);
	// Of no truths at all none holds, and all do.
	return chooses && x.dtype === "bool" ? binary(b, "greater", value, 0) : value;
}

/** attrs: `axis`, `keepDims`, `last`: of several extremes the last instead of the first */
function place(b: Builder, x: Value, attrs: Attrs, primitiveName: "argMax" | "argMin"): Value {
	const axis = axisOf(numberAttr(attrs, "axis", -1), x.shape.length);
	const index = flagAttr(attrs, "last")
		? sub(b, knownExtent(x, axis) - 1, b.emit(primitiveName, [reverse(b, x, [axis])], { axis }))
		: b.emit(primitiveName, [x], { axis });
	return flagAttr(attrs, "keepDims") ? expandDims(b, index, axis) : index;
}

/** attrs: `axis`, `exclusive`, `reverse` */
function cumulated(b: Builder, x: Value, attrs: Attrs): Value {
	const axis = numberAttr(attrs, "axis", 0);
	return cumsum(b, x, axis, { exclusive: flagAttr(attrs, "exclusive"), reverse: flagAttr(attrs, "reverse") });
}

/** Products of the elements up to each one. attrs as of {@link cumulated} */
function multiplied(b: Builder, x: Value, attrs: Attrs): Value {
	const axis = axisOf(numberAttr(attrs, "axis", 0), x.shape.length);
	const extent = knownExtent(x, axis);
	const [exclusive, backwards] = [flagAttr(attrs, "exclusive"), flagAttr(attrs, "reverse")];
	checkTable(extent, extent);
	// A row for each result: 1 stands for the elements that it does not count.
	const counted = Array.from({ length: extent * extent }, (_, at) => {
		const [result, element] = [Math.floor(at / extent), at % extent];
		return Number(element === result ? !exclusive : backwards ? element > result : element < result);
	});
	const trailing = x.shape.slice(axis + 1).map(() => 1);
	const mask = constant(b, counted, [extent, extent, ...trailing], "bool");
	return reduce(b, "reduceProd", select(b, mask, expandDims(b, x, axis), 1), [axis + 1]);
}

/** Differences of neighbours along an axis. attrs: `axis` */
function differences(b: Builder, x: Value, attrs: Attrs): Value {
	const axis = axisOf(numberAttr(attrs, "axis", -1), x.shape.length);
	const count = knownExtent(x, axis) - 1;
	const part = (begin: number) =>
		b.emit("slice", [x], {
			begin: x.shape.map((_, i) => (i === axis ? begin : 0)),
			size: x.shape.map((_, i) => (i === axis ? count : -1)),
		});
	return sub(b, part(1), part(0));
}

export const REDUCTION_OPS: readonly OpDefinition[] = [
	...Object.entries(REDUCTIONS).map(
		([op, entry]): OpDefinition => ({
			op,
			kind: entry.kind,
			...(entry.family && { family: entry.family }),
			forward: (b, inputs, _params, attrs) => [reduced(b, inputAt(inputs, 0), attrs, entry)],
		}),
	),
	{
		op: "ArgMax",
		kind: "opaque",
		forward: (b, inputs, _params, attrs) => [place(b, inputAt(inputs, 0), attrs, "argMax")],
	},
	{
		op: "ArgMin",
		kind: "opaque",
		forward: (b, inputs, _params, attrs) => [place(b, inputAt(inputs, 0), attrs, "argMin")],
	},
	{
		op: "CumSum",
		kind: "linear",
		forward: (b, inputs, _params, attrs) => [cumulated(b, inputAt(inputs, 0), attrs)],
	},
	{
		op: "CumProd",
		kind: "opaque",
		forward: (b, inputs, _params, attrs) => [multiplied(b, inputAt(inputs, 0), attrs)],
	},
	{
		op: "Differences",
		kind: "linear",
		forward: (b, inputs, _params, attrs) => [differences(b, inputAt(inputs, 0), attrs)],
	},
	{
		op: "AnyOfStep",
		kind: "opaque",
		/** [N, T, ...] to bool [N, T]: whether anything of a step is true */
		forward(b, inputs) {
			const x = inputAt(inputs, 0);
			const axes = x.shape.map((_, axis) => axis).slice(2);
			return [truths("reduceMax")(b, x, axes, false, {})];
		},
	},
	{
		op: "MaskedMean",
		kind: "linear",
		family: "average-pooling",
		/** inputs: x and a bool mask of its leading axes; attrs: `axis`, `keepDims`. The mean of what the mask keeps. */
		forward(b, inputs, _params, attrs) {
			const x = asFloat(b, inputAt(inputs, 0));
			const axis = numberAttr(attrs, "axis", 1);
			const kept = asFloat(b, alignedMask(b, inputAt(inputs, 1), x));
			const keepDims = flagAttr(attrs, "keepDims");
			return [div(b, sum(b, b.emit("mul", [x, kept]), [axis], keepDims), sum(b, kept, [axis], keepDims))];
		},
	},
];
