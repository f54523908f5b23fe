import type { Builder } from "../../program/builder";
import type { Value } from "../../program/types";
import { binary, cast, concat, constant, full, neg, reshape, select, sub, unary } from "../../program/vocabulary";
import { flagAttr, numberAttr } from "../attributes";
import { asFloat, checkTable, inputAt, knownExtent } from "../numbers";
import type { Attrs, OpDefinition } from "../op";

const and = (b: Builder, x: Value | undefined, y: Value) => (x ? binary(b, "logicalAnd", x, y) : y);

/** Places 0, 1, ... as int32, one axis of `rank`. */
function places(b: Builder, count: number, axis: number, rank: number): Value {
	const shape = Array.from({ length: rank }, (_, index) => (index === axis ? count : 1));
	return constant(
		b,
		Array.from({ length: count }, (_, place) => place),
		shape,
		"int32",
	);
}

/** A mask that ends before the last key: what it does not name is closed. */
function longer(b: Builder, mask: Value, keys: number, closed: number): Value {
	const missing = keys - knownExtent(mask, mask.shape.length - 1);
	if (missing <= 0) return mask;
	const rest = [...mask.shape.slice(0, -1), missing];
	const fill = b.emit("broadcastTo", [constant(b, closed, [], mask.dtype)], { shape: rest });
	return concat(b, [mask, fill], mask.shape.length - 1);
}

/**
 * Which keys each query may look at: bool, to be broadcast to [N, heads, T, S].
 * inputs: queries [.., T, size] and keys [.., S, size], which only give their extents; a mask (attr `hasMask`; bool, or
 * float with -infinity for what is closed); numbers of keys that are no padding [N] (attr `hasCounts`)
 * attrs: `causal` (none that comes later), `left` and `right` (so many before and behind at most; -1: any), `hasPast`
 * (the last input is the number of keys before that of the first query: a cache); with `hasCounts` the queries are the
 * last of the keys that count
 */
function allowed(b: Builder, inputs: readonly Value[], attrs: Attrs): Value {
	const [queries, keys] = [inputAt(inputs, 0), inputAt(inputs, 1)].map((x) => knownExtent(x, x.shape.length - 2)) as [
		number,
		number,
	];
	checkTable(queries, keys);
	const mask = flagAttr(attrs, "hasMask") ? inputAt(inputs, 2) : undefined;
	const counts = flagAttr(attrs, "hasCounts") ? inputAt(inputs, mask ? 3 : 2) : undefined;
	const [left, right] = [numberAttr(attrs, "left", -1), numberAttr(attrs, "right", -1)];
	const isCausal = flagAttr(attrs, "causal");
	let open: Value | undefined;
	if (isCausal || left >= 0 || right >= 0) {
		const row = places(b, queries, 2, 4);
		const column = places(b, keys, 3, 4);
		// Queries are the last of the keys that count, unless nothing comes before them.
		const first = counts
			? reshape(b, sub(b, cast(b, counts, "int32"), queries), [counts.shape[0] ?? 1, 1, 1, 1])
			: flagAttr(attrs, "hasPast")
				? reshape(b, inputAt(inputs, inputs.length - 1), [])
				: constant(b, 0, [], "int32");
		const distance = sub(b, binary(b, "add", row, first), column);
		if (isCausal) open = and(b, open, binary(b, "greaterEqual", distance, 0));
		if (left >= 0) open = and(b, open, binary(b, "lessEqual", distance, left));
		if (right >= 0) open = and(b, open, binary(b, "lessEqual", neg(b, distance), right));
	}
	if (counts) {
		const each = reshape(b, cast(b, counts, "int32"), [counts.shape[0] ?? 1, 1, 1, 1]);
		open = and(b, open, binary(b, "less", places(b, keys, 3, 4), each));
	}
	if (mask) {
		const isOpen =
			mask.dtype === "float32" ? binary(b, "greater", mask, Number.NEGATIVE_INFINITY) : cast(b, mask, "bool");
		open = and(b, open, longer(b, isOpen, keys, 0));
	}
	return open ?? constant(b, [1], [1, 1, 1, 1], "bool");
}

/** Masks of attention, and what they do to scores. */
export const ATTENTION_MASKS: readonly OpDefinition[] = [
	{
		op: "AllowedKeys",
		kind: "opaque",
		forward: (b, inputs, _params, attrs) => [allowed(b, inputs, attrs)],
	},
	{
		op: "MaskBias",
		kind: "opaque",
		/** What a float mask adds to scores, 0 where it closes them. inputs: the mask and keys, which give their number */
		forward(b, inputs) {
			const mask = asFloat(b, inputAt(inputs, 0));
			const keys = inputAt(inputs, 1);
			const finite = select(b, unary(b, "isInfinite", mask), full(b, mask.shape, 0), mask);
			return [longer(b, finite, knownExtent(keys, keys.shape.length - 2), 0)];
		},
	},
	{
		op: "WhereAllowed",
		kind: "linear",
		/** inputs: x and a bool mask that broadcasts to it; attrs: `value` of what is closed */
		forward(b, inputs, _params, attrs) {
			const x = asFloat(b, inputAt(inputs, 0));
			return [select(b, inputAt(inputs, 1), x, numberAttr(attrs, "value", 0))];
		},
	},
];
