import { InvalidRequestError } from "../../../shared/errors";
import type { Builder } from "../../program/builder";
import type { Value } from "../../program/types";
import { abs, binary, constant, sub } from "../../program/vocabulary";
import { flagAttr, numberAttr, numbersAttr } from "../attributes";
import { asFloat, axisOf, checkTable, inputAt, knownExtent } from "../numbers";
import type { Attrs, OpDefinition } from "../op";
import { einsum } from "./einsum";

/**
 * Axes of projected queries [N, ..., heads, size] and of the scores between them and the keys.
 * The attention runs along `axes`; the batch, the other axes and the heads are held.
 */
interface Labels {
	/** Of the queries, and of what the heads give. */
	readonly query: string;
	/** Of keys and values: the attended axes have labels of their own. */
	readonly key: string;
	/** [held axes, heads, query axes, key axes] */
	readonly scores: string;
}

function labelsOf(rank: number, attrs: Attrs): Labels {
	if (rank < 4)
		throw new InvalidRequestError(`projections [batch, ..., heads, size] were expected; there are ${rank} axes`);
	const axes = numbersAttr(attrs, "axes", [1]).map((axis) => axisOf(axis, rank - 1));
	if (axes.includes(0) || axes.includes(rank - 2) || new Set(axes).size !== axes.length)
		throw new InvalidRequestError(`attention along the axes ${axes.join(", ")} is not computed`);
	const letter = (index: number) => String.fromCharCode(97 + index);
	const query = Array.from({ length: rank }, (_, axis) => letter(axis));
	const key = query.map((own, axis) => (axes.includes(axis) ? letter(rank + axis) : own));
	const held = query.filter((_, axis) => axis !== rank - 1 && !axes.includes(axis));
	const along = (labels: readonly string[]) => axes.map((axis) => labels[axis]);
	return {
		query: query.join(""),
		key: key.join(""),
		scores: [...held, ...along(query), ...along(key)].join(""),
	};
}

function operands(b: Builder, inputs: readonly Value[]): [Value, Value] {
	return [asFloat(b, inputAt(inputs, 0)), asFloat(b, inputAt(inputs, 1))];
}

/** Places of an axis as a column (`at` 1) or a row (`at` 2) of [1, queries, keys]. */
function places(b: Builder, count: number, at: 1 | 2): Value {
	const shape = [1, 1, 1].map((one, axis) => (axis === at ? count : one));
	return constant(
		b,
		Array.from({ length: count }, (_, place) => place),
		shape,
		"int32",
	);
}

export const ATTENTION: readonly OpDefinition[] = [
	{
		op: "AttentionScores",
		kind: "bilinear",
		/**
		 * Products of every query with every key, for each head: [N, other axes, heads, query axes, key axes].
		 * inputs: queries [N, ..., heads, size], keys alike; attrs: `axes` along which is attended ([1])
		 */
		forward(b, inputs, _params, attrs) {
			const [query, key] = operands(b, inputs);
			const labels = labelsOf(query.shape.length, attrs);
			return [einsum(b, `${labels.query},${labels.key}->${labels.scores}`, [query, key])];
		},
	},
	{
		op: "AttentionContext",
		kind: "bilinear",
		/**
		 * What each head gives: its values, added up with the weights of its query. inputs: weights as AttentionScores
		 * shapes them, values [N, ..., heads, size]; attrs: `axes` ([1])
		 */
		forward(b, inputs, _params, attrs) {
			const [weights, value] = operands(b, inputs);
			const labels = labelsOf(value.shape.length, attrs);
			return [einsum(b, `${labels.scores},${labels.key}->${labels.query}`, [weights, value])];
		},
	},
	{
		op: "AttentionBand",
		kind: "opaque",
		/**
		 * Which keys a query may look at by their places: bool [1, queries, keys].
		 * inputs: queries [N, T, ...] and keys [N, S, ...], which only give their extents; attrs: `causal` (none that comes
		 * later), `window` (only those less than so many places away; absent: all)
		 */
		forward(b, inputs, _params, attrs) {
			const [queries, keys] = [knownExtent(inputAt(inputs, 0), 1), knownExtent(inputAt(inputs, 1), 1)];
			checkTable(queries, keys);
			const [row, column] = [places(b, queries, 1), places(b, keys, 2)];
			const distance = sub(b, row, column);
			const window = numberAttr(attrs, "window", Math.max(queries, keys));
			const near = binary(b, "less", abs(b, distance), window);
			if (!flagAttr(attrs, "causal")) return [near];
			return [binary(b, "logicalAnd", near, binary(b, "greaterEqual", distance, 0))];
		},
	},
];
