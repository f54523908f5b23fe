import { InvalidRequestError } from "../../../shared/errors";
import type { DType } from "../../../shared/tensor";
import type { Builder } from "../../program/builder";
import { productOf } from "../../program/dims";
import type { Value } from "../../program/types";
import { cast, constant, neg, reshape, select, sub, topK, transpose } from "../../program/vocabulary";
import { flagAttr, numberAttr, textAttr } from "../attributes";
import { countAlong, flatPlaces, flattened, gatherByExample } from "../indexing/places";
import { axisOf, checkTable, inputAt, knownExtent } from "../numbers";
import type { OpDefinition } from "../op";

interface Sorted {
	readonly values: Value;
	/** int32 places of the values. */
	readonly indices: Value;
}

/** The first `count` entries of the sorted last axis; equal entries keep their order. */
function sortLast(b: Builder, x: Value, descending: boolean, count: number): Sorted {
	// -1 - x turns the order of integers round without overflow.
	const key = descending ? x : x.dtype === "int32" ? sub(b, -1, x) : neg(b, x);
	const indices = topK(b, key, count);
	const extent = knownExtent(x, x.shape.length - 1);
	const rows = productOf(x.shape.slice(0, -1));
	const places = flatPlaces(b, [countAlong(b, [rows, 1], 0), reshape(b, indices, [rows, count])], [rows, extent]);
	return { values: reshape(b, gatherByExample(b, flattened(b, x), places), indices.shape), indices };
}

/** The `count` largest entries of the last axis, whose extent is known; the largest first. */
export const largest = (b: Builder, x: Value, count: number): Value => sortLast(b, x, true, count).values;

function alongAxis(b: Builder, x: Value, axis: number, compute: (x: Value) => Value[]): Value[] {
	const last = x.shape.length - 1;
	const swapped = x.shape.map((_, i) => (i === axis ? last : i === last ? axis : i));
	return axis === last ? compute(x) : compute(transpose(b, x, swapped)).map((y) => transpose(b, y, swapped));
}

const asNumber = (b: Builder, x: Value) => (x.dtype === "bool" ? cast(b, x, "int32") : x);

const sorting = (op: string, part: keyof Sorted): OpDefinition => ({
	op,
	kind: "opaque",
	/** attrs: `axis`, `descending` */
	forward(b, inputs, _params, attrs) {
		const x = asNumber(b, inputAt(inputs, 0));
		const axis = axisOf(numberAttr(attrs, "axis", -1), x.shape.length);
		const descending = flagAttr(attrs, "descending");
		return alongAxis(b, x, axis, (last) => [
			sortLast(b, last, descending, knownExtent(last, last.shape.length - 1))[part],
		]);
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
		/** The `count` largest entries along `axis` (`smallest`: the smallest), the most extreme first, and their places. */
		forward(b, inputs, _params, attrs) {
			const x = asNumber(b, inputAt(inputs, 0));
			const axis = axisOf(numberAttr(attrs, "axis", -1), x.shape.length);
			const count = numberAttr(attrs, "count");
			if (count < 0 || count > knownExtent(x, axis))
				throw new InvalidRequestError(`the ${count} largest of ${x.shape[axis]} entries were asked for`);
			return alongAxis(b, x, axis, (last) => {
				const { values, indices } = sortLast(b, last, !flagAttr(attrs, "smallest"), count);
				return [values, indices];
			});
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
		op: "EyeLike",
		kind: "opaque",
		/** Ones on a diagonal in the shape of a matrix x, which only gives its shape. attrs: `offset`, `dtype` */
		forward(b, inputs, _params, attrs) {
			const x = inputAt(inputs, 0);
			const [rows, columns] = [knownExtent(x, 0), knownExtent(x, 1)];
			checkTable(rows, columns);
			const offset = numberAttr(attrs, "offset", 0);
			const table = Array.from({ length: rows * columns }, (_, at) =>
				Number((at % columns) - Math.floor(at / columns) === offset),
			);
			return [
				constant(b, table, [rows, columns], textAttr<DType>(attrs, "dtype", ["float32", "int32", "bool"], "float32")),
			];
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
