import { InvalidRequestError } from "../../../shared/errors";
import type { Builder } from "../../program/builder";
import type { Dim, Value } from "../../program/types";
import { binary, cast, constant, reshape, select, slice, sum, transpose } from "../../program/vocabulary";
import { flagAttr, numberAttr } from "../attributes";
import { asFloat, axisOf, checkTable, inputAt, knownExtent } from "../numbers";
import type { OpDefinition } from "../op";

interface Sorted {
	readonly values: Value;
	/** int32 places of the values. */
	readonly indices: Value;
}

/**
 * Sorts the last axis without a sorting instruction: the rank of an entry is how many entries come before it, and the
 * entry at each rank is picked out of all (n^2 comparisons; equal entries keep their order).
 */
function sortLast(b: Builder, x: Value, descending: boolean): Sorted {
	const extent = knownExtent(x, x.shape.length - 1);
	const leading = x.shape.slice(0, -1) as Dim[];
	const one = reshape(b, x, [...leading, extent, 1]);
	const other = reshape(b, x, [...leading, 1, extent]);
	checkTable(extent);
	const places = Array.from({ length: extent }, (_, i) => i);
	const row = constant(b, places, [1, extent], "int32");
	const column = constant(b, places, [extent, 1], "int32");
	const ahead = binary(b, descending ? "greater" : "less", other, one);
	const tied = binary(b, "logicalAnd", binary(b, "equal", other, one), binary(b, "less", row, column));
	const count = sum(b, cast(b, binary(b, "logicalOr", ahead, tied), "float32"), [-1], true);
	const chosen = binary(b, "equal", cast(b, count, "int32"), row);
	const pick = (entries: Value) => sum(b, select(b, chosen, entries, 0), [-2]);
	return { values: pick(one), indices: cast(b, pick(cast(b, column, "float32")), "int32") };
}

function alongAxis(b: Builder, x: Value, axis: number, compute: (x: Value) => Value): Value {
	const last = x.shape.length - 1;
	const swapped = x.shape.map((_, i) => (i === axis ? last : i === last ? axis : i));
	return axis === last ? compute(x) : transpose(b, compute(transpose(b, x, swapped)), swapped);
}

const sorting = (op: string, part: keyof Sorted): OpDefinition => ({
	op,
	kind: "opaque",
	/** attrs: `axis`, `descending` */
	forward(b, inputs, _params, attrs) {
		const x = asFloat(b, inputAt(inputs, 0));
		const axis = axisOf(numberAttr(attrs, "axis", -1), x.shape.length);
		return [alongAxis(b, x, axis, (last) => sortLast(b, last, flagAttr(attrs, "descending"))[part])];
	},
});

/** A mask of the last two axes as a table of 0 and 1, so that one matrix serves the whole batch. */
function triangle(b: Builder, x: Value, kept: (row: number, column: number) => boolean): Value {
	const [rows, columns] = [knownExtent(x, x.shape.length - 2), knownExtent(x, x.shape.length - 1)];
	checkTable(rows, columns);
	const table = Array.from({ length: rows * columns }, (_, at) => Number(kept(Math.floor(at / columns), at % columns)));
	return select(b, constant(b, table, [rows, columns], "bool"), x, 0);
}

export const ORDER: readonly OpDefinition[] = [
	sorting("Sort", "values"),
	sorting("ArgSort", "indices"),
	{
		op: "TopK",
		kind: "opaque",
		/** The `count` largest entries of the last axis, largest first, and their places. */
		forward(b, inputs, _params, attrs) {
			const x = asFloat(b, inputAt(inputs, 0));
			const count = numberAttr(attrs, "count");
			if (count < 1 || count > knownExtent(x, x.shape.length - 1))
				throw new InvalidRequestError(`the ${count} largest of ${x.shape.at(-1)} entries were asked for`);
			const { values, indices } = sortLast(b, x, true);
			const first = (sorted: Value) =>
				slice(
					b,
					sorted,
					sorted.shape.map(() => 0),
					sorted.shape.map((_, axis) => (axis === sorted.shape.length - 1 ? count : -1)),
				);
			return [first(values), first(indices)];
		},
	},
	{
		op: "LowerTriangle",
		kind: "linear",
		forward(b, inputs, _params, attrs) {
			const offset = numberAttr(attrs, "offset", 0);
			return [triangle(b, inputAt(inputs, 0), (row, column) => column <= row + offset)];
		},
	},
	{
		op: "UpperTriangle",
		kind: "linear",
		forward(b, inputs, _params, attrs) {
			const offset = numberAttr(attrs, "offset", 0);
			return [triangle(b, inputAt(inputs, 0), (row, column) => column >= row + offset)];
		},
	},
];
