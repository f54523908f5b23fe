import { InvalidRequestError } from "../../../shared/errors";
import type { Builder } from "../../program/builder";
import { formatShape } from "../../program/dims";
import type { Dim, Value } from "../../program/types";
import { add, cast, concat, gather, mul, reshape, slice, sub, transpose } from "../../program/vocabulary";
import { flagAttr, numberAttr } from "../attributes";
import { asFloat, inputAt, knownExtent } from "../numbers";
import type { Attrs, OpDefinition } from "../op";
import { paramOf } from "../params";

/** Elements of the last axis of x from `begin` on. */
function lastPart(b: Builder, x: Value, begin: number, size: number): Value {
	const last = x.shape.length - 1;
	return slice(
		b,
		x,
		x.shape.map((_, i) => (i === last ? begin : 0)),
		x.shape.map((_, i) => (i === last ? size : -1)),
	);
}

/** The two numbers of each pair in x [N, T, heads, size]: halves of the last axis, or neighbours on it. */
function pairsOf(b: Builder, x: Value, interleaved: boolean): [Value, Value] {
	const half = knownExtent(x, 3) / 2;
	if (!Number.isInteger(half)) throw new InvalidRequestError(`${x.shape[3]} elements of a head do not make pairs`);
	if (!interleaved) return [lastPart(b, x, 0, half), lastPart(b, x, half, half)];
	const split = reshape(b, x, [...x.shape.slice(0, 3), half, 2]);
	const part = (at: number) => reshape(b, lastPart(b, split, at, 1), [...x.shape.slice(0, 3), half]);
	return [part(0), part(1)];
}

function joined(b: Builder, first: Value, second: Value, interleaved: boolean): Value {
	if (!interleaved) return concat(b, [first, second], 3);
	const column = (x: Value) => reshape(b, x, [...x.shape, 1]);
	const shape = [...first.shape.slice(0, 3), 2 * (first.shape[3] as number)];
	return reshape(b, concat(b, [column(first), column(second)], 4), shape);
}

/** Cosines or sines [T or N, T, size / 2] for each step, as they broadcast to [N, T, heads, size / 2]. */
function forSteps(b: Builder, table: Value, places: Value | undefined): Value {
	const picked = places ? gather(b, asFloat(b, table), cast(b, places, "int32"), 0) : asFloat(b, table);
	const [n, steps, size] = picked.shape as [Dim, Dim, Dim];
	return reshape(b, picked, [n, steps, 1, size]);
}

/**
 * Rotary position embedding (Su et al. 2021, RoFormer): the first `size` elements of each head are pairs, each turned by
 * an angle of its place. inputs: x [N, heads, T, size] or [N, T, heads x size], places [N, T] (optional); params: `cos`,
 * `sin` (a row for each place, or [N, T, ...] without places); attrs: `heads` (of three axes), `size` (0: all),
 * `interleaved` (pairs are neighbours, not halves)
 */
function rotate(b: Builder, x: Value, places: Value | undefined, cos: Value, sin: Value, attrs: Attrs): Value {
	const isPacked = x.shape.length === 3;
	if (!isPacked && x.shape.length !== 4)
		throw new InvalidRequestError(`three or four axes were expected, but ${formatShape(x.shape)} was given`);
	const heads = isPacked ? numberAttr(attrs, "heads") : knownExtent(x, 1);
	const [n, steps] = [x.shape[0] as Dim, x.shape[isPacked ? 1 : 2] as Dim];
	const whole = isPacked ? knownExtent(x, 2) / heads : knownExtent(x, 3);
	if (!Number.isInteger(whole))
		throw new InvalidRequestError(`${x.shape[2]} elements do not divide into ${heads} heads`);
	const map = isPacked ? reshape(b, x, [n, steps, heads, whole]) : transpose(b, x, [0, 2, 1, 3]);
	const size = numberAttr(attrs, "size", 0) || whole;
	const interleaved = flagAttr(attrs, "interleaved");
	const [first, second] = pairsOf(b, lastPart(b, map, 0, size), interleaved);
	const [c, s] = [forSteps(b, cos, places), forSteps(b, sin, places)];
	const turned = joined(
		b,
		sub(b, mul(b, c, first), mul(b, s, second)),
		add(b, mul(b, s, first), mul(b, c, second)),
		interleaved,
	);
	const y = size === whole ? turned : concat(b, [turned, lastPart(b, map, size, whole - size)], 3);
	return isPacked ? reshape(b, y, x.shape) : transpose(b, y, [0, 2, 1, 3]);
}

export const ROTARY: OpDefinition = {
	op: "RotaryEmbedding",
	kind: "linear",
	forward(b, inputs, params, attrs) {
		const x = asFloat(b, inputAt(inputs, 0));
		const [cos, sin] = [paramOf(params, "cos"), paramOf(params, "sin")];
		return [rotate(b, x, inputs[1], cos, sin, attrs)];
	},
};

/** Heads of keys or values [N, few, T, size] repeated for the heads of queries [N, many, ...], neighbours sharing one. */
export const REPEAT_HEADS: OpDefinition = {
	op: "RepeatHeads",
	kind: "shape",
	/** inputs: x and what has as many heads as are wanted, which only gives their number */
	forward(b, inputs) {
		const [x, like] = [inputAt(inputs, 0), inputAt(inputs, 1)];
		const [few, many] = [knownExtent(x, 1), knownExtent(like, 1)];
		if (few === many) return [x];
		if (many % few !== 0) throw new InvalidRequestError(`${many} heads do not share ${few}`);
		const [n, , ...rest] = x.shape as [Dim, Dim, ...Dim[]];
		const spread = b.emit("broadcastTo", [reshape(b, x, [n, few, 1, ...rest])], {
			shape: [n, few, many / few, ...rest],
		});
		return [reshape(b, spread, [n, many, ...rest])];
	},
};
