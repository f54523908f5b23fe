import { InvalidRequestError } from "../../../shared/errors";
import type { Builder } from "../../program/builder";
import type { Dim, Value } from "../../program/types";
import {
	add,
	broadcastTo,
	concat,
	exp,
	full,
	matmul,
	mul,
	reshape,
	slice,
	sub,
	transpose,
} from "../../program/vocabulary";
import { flagAttr, numberAttr } from "../attributes";
import { asFloat, inputAt, knownExtent } from "../numbers";
import type { Attrs, OpDefinition } from "../op";

/** More steps make programs that take minutes to compile. */
const MOST_STEPS = 2000;

/** [N, T, heads x size] to [N, heads, T, size]. */
function unpacked(b: Builder, x: Value, heads: number): Value {
	const size = knownExtent(x, 2) / heads;
	if (x.shape.length !== 3 || !Number.isInteger(size))
		throw new InvalidRequestError(`[${x.shape.join(", ")}] does not hold ${heads} heads for each step`);
	return transpose(b, reshape(b, x, [x.shape[0] as Dim, x.shape[1] as Dim, heads, size]), [0, 2, 1, 3]);
}

/** Step `at` of [N, heads, T, size]: a row [N, heads, 1, size]. */
const stepOf = (b: Builder, x: Value, at: number) => slice(b, x, [0, 0, at, 0], [-1, -1, 1, -1]);
const columnOf = (b: Builder, row: Value) => transpose(b, row, [0, 1, 3, 2]);

/**
 * Attention without a softmax, as a recurrence (Katharopoulos et al. 2020; with decay and delta rule Yang et al. 2024,
 * Gated Delta Networks): a state of outer products of keys and values, which queries read.
 * inputs: queries, keys, values [N, T, heads x size]; then, as attrs say, the state before [N, heads, key, value], the
 * decay (its logarithm; one number for each head or each key element) and the rate of the delta rule;
 * attrs: `heads`, `keyHeads`, `scale` (0: by the root of the size), `hasState`, `hasDecay`, `hasRate`
 */
function linearAttention(b: Builder, inputs: readonly Value[], attrs: Attrs): Value[] {
	const given = inputs.map((input) => asFloat(b, input));
	const [heads, keyHeads] = [numberAttr(attrs, "heads"), numberAttr(attrs, "keyHeads")];
	const query = unpacked(b, inputAt(given, 0), heads);
	const key = unpacked(b, inputAt(given, 1), keyHeads);
	const value = unpacked(b, inputAt(given, 2), keyHeads);
	const rest = given.slice(3);
	const before = flagAttr(attrs, "hasState") ? rest.shift() : undefined;
	const decay = flagAttr(attrs, "hasDecay") ? exp(b, unpacked(b, inputAt(rest, 0), keyHeads)) : undefined;
	if (decay) rest.shift();
	const rate = flagAttr(attrs, "hasRate") && rest[0] ? unpacked(b, rest[0], knownExtent(rest[0], 2)) : undefined;
	const [n, , steps, keySize] = query.shape as [Dim, number, number, number];
	const valueSize = value.shape[3] as number;
	if (knownExtent(query, 2) > MOST_STEPS)
		throw new InvalidRequestError(`linear attention over more than ${MOST_STEPS} steps is not unrolled`);
	const scale = numberAttr(attrs, "scale", 0) || 1 / Math.sqrt(keySize);
	let state = before ?? full(b, [n, keyHeads, keySize, valueSize], 0);
	const shared = heads / keyHeads;
	// Neighbouring heads of queries read the state of one head.
	const reads = reshape(b, transpose(b, reshape(b, query, [n, keyHeads, shared, steps, keySize]), [0, 1, 3, 2, 4]), [
		n,
		keyHeads,
		steps * shared,
		keySize,
	]);
	const results: Value[] = [];
	for (let at = 0; at < steps; at++) {
		if (decay) state = mul(b, state, columnOf(b, stepOf(b, decay, at)));
		const k = stepOf(b, key, at);
		let v = stepOf(b, value, at);
		if (rate) v = mul(b, stepOf(b, rate, at), sub(b, v, matmul(b, k, state)));
		state = add(b, state, mul(b, columnOf(b, k), v));
		results.push(matmul(b, slice(b, reads, [0, 0, at * shared, 0], [-1, -1, shared, -1]), state));
	}
	// [N, key heads, T x shared, value] to [N, T, heads x value].
	const all = reshape(b, concat(b, results, 2), [n, keyHeads, steps, shared, valueSize]);
	const ordered = reshape(b, transpose(b, all, [0, 2, 1, 3, 4]), [n, steps, heads * valueSize]);
	return [mul(b, ordered, scale), broadcastTo(b, state, [n, keyHeads, keySize, valueSize])];
}

export const LINEAR_ATTENTION: OpDefinition = {
	op: "LinearAttention",
	kind: "opaque",
	forward: (b, inputs, _params, attrs) => linearAttention(b, inputs, attrs),
};
