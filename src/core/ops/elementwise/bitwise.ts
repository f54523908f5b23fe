import type { Builder } from "../../program/builder";
import type { Value } from "../../program/types";
import { add, binary, cast, constant, gather, maximum, minimum, mul, neg, select, sub } from "../../program/vocabulary";
import { flagAttr, numberAttr } from "../attributes";
import { inputAt } from "../numbers";
import type { Attrs, OpDefinition } from "../op";

/**
 * Operations on the bits of integers. All types are computed as int32: a narrower one is brought back into its range by
 * `Wrap`, which also says what bits lie to the left of its sign.
 */
type Bits = (b: Builder, x: Value, y: Value) => Value;

const and: Bits = (b, x, y) => binary(b, "bitwiseAnd", x, y);
const or: Bits = (b, x, y) => sub(b, add(b, x, y), and(b, x, y));
const xor: Bits = (b, x, y) => sub(b, or(b, x, y), and(b, x, y));

const WIDTH = 32;
/** 2^0 ... 2^30; the last is the sign bit. */
const POWERS = Int32Array.from({ length: WIDTH }, (_, place) => 1 << place);

const power = (b: Builder, places: Value) => gather(b, constant(b, POWERS, [WIDTH], "int32"), places, 0);
const within = (b: Builder, x: Value, low: number, high: number) => minimum(b, maximum(b, x, low), high);

/** Whether the places are fewer than none or at least the width of the type: nothing of the number is left then. */
const isBeyond = (b: Builder, places: Value, width: number) =>
	binary(b, "logicalOr", binary(b, "less", places, 0), binary(b, "greaterEqual", places, width));

function shiftLeft(b: Builder, x: Value, places: Value, width: number): Value {
	return select(b, isBeyond(b, places, width), 0, mul(b, x, power(b, within(b, places, 0, WIDTH - 1))));
}

/** Fills with the sign. */
function shiftRight(b: Builder, x: Value, places: Value, width: number): Value {
	const sign = select(b, binary(b, "less", x, 0), constant(b, -1, [], "int32"), 0);
	const beyond = isBeyond(b, places, Math.min(width, WIDTH - 1));
	return select(b, beyond, sign, binary(b, "floorDiv", x, power(b, within(b, places, 0, WIDTH - 2))));
}

/** attrs: `bits`, `signed`: the number modulo 2^bits that such an integer can hold */
function wrap(b: Builder, x: Value, attrs: Attrs): Value {
	const bits = numberAttr(attrs, "bits");
	if (bits >= WIDTH) return x;
	const low = and(b, x, constant(b, 2 ** bits - 1, [], "int32"));
	if (!flagAttr(attrs, "signed")) return low;
	return select(b, binary(b, "greaterEqual", low, 2 ** (bits - 1)), sub(b, low, 2 ** bits), low);
}

const integer = (b: Builder, inputs: readonly Value[], index: number) => cast(b, inputAt(inputs, index), "int32");

const pairwise = (op: string, compute: (b: Builder, x: Value, y: Value, attrs: Attrs) => Value): OpDefinition => ({
	op,
	kind: "opaque",
	forward: (b, inputs, _params, attrs) => [compute(b, integer(b, inputs, 0), integer(b, inputs, 1), attrs)],
});

export const BITWISE: readonly OpDefinition[] = [
	pairwise("BitwiseAnd", and),
	pairwise("BitwiseOr", or),
	pairwise("BitwiseXor", xor),
	/** attrs: `bits`, the width of the type */
	pairwise("ShiftLeft", (b, x, y, attrs) => shiftLeft(b, x, y, numberAttr(attrs, "bits", WIDTH))),
	pairwise("ShiftRight", (b, x, y, attrs) => shiftRight(b, x, y, numberAttr(attrs, "bits", WIDTH))),
	{ op: "BitwiseNot", kind: "opaque", forward: (b, inputs) => [sub(b, neg(b, integer(b, inputs, 0)), 1)] },
	{
		op: "Wrap",
		kind: "opaque",
		forward: (b, inputs, _params, attrs) => [wrap(b, integer(b, inputs, 0), attrs)],
	},
];
