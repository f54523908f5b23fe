import { InvalidRequestError } from "../../../shared/errors";
import type { Builder } from "../../program/builder";
import type { Value } from "../../program/types";
import {
	add,
	binary,
	cast,
	constant,
	expandDims,
	gather,
	max,
	mul,
	oneHot,
	select,
	squeeze,
	sum,
} from "../../program/vocabulary";
import { effectiveKernel } from "../algebra/low-rank";
import { timesMatrix } from "../algebra/times-matrix";
import { flagAttr, numberAttr, numbersAttr, textAttr } from "../attributes";
import { asFloat, inputAt } from "../numbers";
import type { Attrs, OpDefinition } from "../op";
import { paramOf } from "../params";

/**
 * Category numbers as vectors. attrs: `mode` (`int`: as they are; `one_hot`; `multi_hot`: 1 for each category that
 * occurs in an example; `count`: how often), `depth`
 */
function encode(b: Builder, x: Value, weights: Value | undefined, attrs: Attrs): Value {
	const mode = textAttr(attrs, "mode", ["int", "one_hot", "multi_hot", "count"]);
	const indices = cast(b, x, "int32");
	if (mode === "int") return indices;
	const depth = numberAttr(attrs, "depth");
	if (mode === "one_hot") {
		const single = x.shape.length > 1 && x.shape.at(-1) === 1;
		return oneHot(b, single ? squeeze(b, indices, [-1]) : indices, depth);
	}
	// Keras takes numbers without an axis of their own for one example.
	const sequence = indices.shape.length === 1 ? 0 : 1;
	const rows = oneHot(b, indices, depth);
	if (mode === "multi_hot") return max(b, rows, [sequence]);
	return sum(b, weights ? mul(b, rows, expandDims(b, asFloat(b, weights), -1)) : rows, [sequence]);
}

/** Number of the bin of each element: how many `boundaries` are not above it. */
function discretize(b: Builder, x: Value, attrs: Attrs): Value {
	const boundaries = numbersAttr(attrs, "boundaries");
	const reached = binary(
		b,
		"greaterEqual",
		expandDims(b, asFloat(b, x), -1),
		constant(b, boundaries, [boundaries.length]),
	);
	return cast(b, sum(b, cast(b, reached, "float32"), [-1]), "int32");
}

/**
 * Number of each element in a table: place in `vocabulary` + `start`. attrs: `unknown` (`default`: everything else is
 * `unknownStart`; `modulo`: unknownStart + element mod `unknownCount`), `mask` (this element is `maskValue`), `invert`
 * (from numbers back to elements; `unknownElement` for those of no element)
 */
function lookUp(b: Builder, x: Value, attrs: Attrs): Value {
	const vocabulary = numbersAttr(attrs, "vocabulary");
	if (vocabulary.length === 0) throw new InvalidRequestError("the vocabulary is empty");
	const start = numberAttr(attrs, "start");
	const elements = cast(b, x, "int32");
	const size = vocabulary.length;
	const keys = flagAttr(attrs, "invert") ? vocabulary.map((_, index) => index + start) : vocabulary;
	const values = flagAttr(attrs, "invert") ? vocabulary : vocabulary.map((_, index) => index + start);
	const equal = cast(b, binary(b, "equal", expandDims(b, elements, -1), constant(b, keys, [size], "int32")), "float32");
	const found = binary(b, "greater", sum(b, equal, [-1]), 0);
	// The place of the only match; its value is taken from a table so that large integers stay exact.
	const place = cast(
		b,
		sum(
			b,
			mul(
				b,
				equal,
				constant(
					b,
					values.map((_, i) => i),
					[size],
				),
			),
			[-1],
		),
		"int32",
	);
	const known = gather(b, constant(b, values, [size], "int32"), place, 0);
	const looked = select(b, found, known, unknown(b, elements, attrs));
	if (attrs.mask == null) return looked;
	return select(b, binary(b, "equal", elements, numberAttr(attrs, "mask")), numberAttr(attrs, "maskValue", 0), looked);
}

function unknown(b: Builder, elements: Value, attrs: Attrs): Value {
	const first = numberAttr(attrs, "unknownStart");
	if (textAttr(attrs, "unknown", ["default", "modulo"]) === "default")
		return b.emit("broadcastTo", [constant(b, first, [], "int32")], { shape: [...elements.shape] });
	return add(b, binary(b, "mod", elements, numberAttr(attrs, "unknownCount")), first);
}

export const ENCODINGS: readonly OpDefinition[] = [
	{
		op: "Embedding",
		kind: "opaque",
		/** inputs: category numbers of any shape; params: `embeddings` [categories, size], a low-rank update (optional) */
		forward: (b, inputs, params, attrs) => [
			gather(b, effectiveKernel(b, params, attrs, "embeddings"), cast(b, inputAt(inputs, 0), "int32"), 0),
		],
	},
	{
		op: "ReverseEmbedding",
		kind: "linear",
		family: "dense",
		/** x [..., size] to logits [..., categories]; params: `embeddings` [categories, size] or `kernel` [size, categories] */
		forward(b, inputs, params) {
			const x = asFloat(b, inputAt(inputs, 0));
			return [
				params.kernel ? timesMatrix(b, x, params.kernel) : timesMatrix(b, x, paramOf(params, "embeddings"), true),
			];
		},
	},
	{
		op: "EncodeCategories",
		kind: "opaque",
		/** inputs: category numbers, and weights for mode `count` (optional) */
		forward: (b, inputs, _params, attrs) => [encode(b, inputAt(inputs, 0), inputs[1], attrs)],
	},
	{
		op: "OneHot",
		kind: "opaque",
		/** attrs: `depth`; the categories become the last axis */
		forward: (b, inputs, _params, attrs) => [
			oneHot(b, cast(b, inputAt(inputs, 0), "int32"), numberAttr(attrs, "depth")),
		],
	},
	{
		op: "Discretize",
		kind: "opaque",
		forward: (b, inputs, _params, attrs) => [discretize(b, inputAt(inputs, 0), attrs)],
	},
	{ op: "LookUp", kind: "opaque", forward: (b, inputs, _params, attrs) => [lookUp(b, inputAt(inputs, 0), attrs)] },
	{
		op: "Gather",
		kind: "shape",
		/** inputs: x and indices; attrs: `axis`. Negative indices are not resolved. */
		forward: (b, inputs, _params, attrs) => [
			gather(b, inputAt(inputs, 0), cast(b, inputAt(inputs, 1), "int32"), numberAttr(attrs, "axis", 0)),
		],
	},
];
