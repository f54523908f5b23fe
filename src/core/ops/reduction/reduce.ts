import type { Builder } from "../../program/builder";
import type { Value } from "../../program/types";
import {
	abs,
	binary,
	cast,
	cumsum,
	div,
	expandDims,
	max,
	type ReductionName,
	reduce,
	sqrt,
	square,
	squeeze,
	sub,
	sum,
} from "../../program/vocabulary";
import { flagAttr, numberAttr, numbersAttr } from "../attributes";
import { alignedMask, logSumExp } from "../elementwise/softmax";
import { moments } from "../normalization/statistics";
import { asFloat, axisOf, inputAt, knownExtent } from "../numbers";
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
	/** Integers stay integers. */
	readonly integers?: boolean;
}

const REDUCTIONS: Readonly<Record<string, Entry>> = {
	Mean: { kind: "linear", reduction: primitive("reduceMean") },
	Sum: { kind: "linear", reduction: primitive("reduceSum"), integers: true },
	Max: { kind: "route", reduction: primitive("reduceMax"), integers: true },
	Min: { kind: "route", reduction: primitive("reduceMin"), integers: true },
	Prod: { kind: "opaque", reduction: primitive("reduceProd") },
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

/** attrs: `axes` (all when absent), `keepDims` */
function reduced(b: Builder, x: Value, attrs: Attrs, { reduction, integers }: Entry): Value {
	const number = x.dtype === "bool" ? cast(b, x, "int32") : x;
	const axes = attrs.axes == null ? x.shape.map((_, axis) => axis) : numbersAttr(attrs, "axes");
	const places = axes.map((axis) => axisOf(axis, x.shape.length));
	const value = reduction(b, integers ? number : asFloat(b, number), places, flagAttr(attrs, "keepDims"), attrs);
	return value;
}

function place(b: Builder, x: Value, attrs: Attrs, primitiveName: "argMax" | "argMin"): Value {
	const axis = axisOf(numberAttr(attrs, "axis", -1), x.shape.length);
	const index = b.emit(primitiveName, [x], { axis });
	return flagAttr(attrs, "keepDims") ? expandDims(b, index, axis) : index;
}

/** attrs: `axis`, `exclusive`, `reverse` */
function cumulated(b: Builder, x: Value, attrs: Attrs): Value {
	const axis = numberAttr(attrs, "axis", 0);
	return cumsum(b, x, axis, { exclusive: flagAttr(attrs, "exclusive"), reverse: flagAttr(attrs, "reverse") });
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
		op: "Differences",
		kind: "linear",
		forward: (b, inputs, _params, attrs) => [differences(b, inputAt(inputs, 0), attrs)],
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
