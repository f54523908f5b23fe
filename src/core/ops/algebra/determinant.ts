import { InvalidRequestError } from "../../../shared/errors";
import type { Builder } from "../../program/builder";
import { formatShape, productOf } from "../../program/dims";
import type { Dim, Value } from "../../program/types";
import {
	abs,
	argMax,
	binary,
	constant,
	div,
	expandDims,
	full,
	gather,
	mul,
	reshape,
	select,
	slice,
	sub,
} from "../../program/vocabulary";
import { countAlong, flatPlaces } from "../indexing/places";
import { asFloat, inputAt, knownExtent } from "../numbers";
import type { OpDefinition } from "../op";

/** Every step of the elimination is a dozen instructions. */
const LARGEST = 64;

/** What lies from `begin` on. */
const behind = (b: Builder, x: Value, begin: readonly number[]) =>
	slice(
		b,
		x,
		begin,
		begin.map(() => -1),
	);

/**
 * Gaussian elimination with partial pivoting of matrices x [R, n, n]: the product of the pivots, with the sign of the
 * exchanges (Golub & Van Loan 2013, Matrix Computations, 3.4).
 */
function determinant(b: Builder, x: Value): Value {
	const rows = x.shape[0] as Dim;
	let rest = x;
	let product = full(b, [rows], 1);
	for (let size = knownExtent(x, 1); size > 0; size--) {
		const column = reshape(b, slice(b, rest, [0, 0, 0], [-1, -1, 1]), [rows, size]);
		const place = argMax(b, abs(b, column), 1);
		const places = flatPlaces(b, [countAlong(b, [rows], 0), place], [rows, size]);
		const pivotRow = gather(b, reshape(b, rest, [productOf([rows, size]), size]), places, 0);
		const pivot = slice(b, pivotRow, [0, 0], [-1, 1]);
		const flat = reshape(b, pivot, [rows]);
		product = mul(b, product, select(b, binary(b, "equal", place, 0), flat, mul(b, flat, -1)));
		if (size === 1) break;
		const isPivot = binary(
			b,
			"equal",
			constant(
				b,
				Array.from({ length: size }, (_, row) => row),
				[1, size, 1],
				"int32",
			),
			reshape(b, place, [rows, 1, 1]),
		);
		const first = slice(b, rest, [0, 0, 0], [-1, 1, -1]);
		const below = behind(b, select(b, isPivot, first, rest), [0, 1, 0]);
		const safe = select(b, binary(b, "equal", pivot, 0), 1, pivot);
		const factors = div(b, slice(b, below, [0, 0, 0], [-1, -1, 1]), expandDims(b, safe, 1));
		rest = sub(b, behind(b, below, [0, 0, 1]), mul(b, factors, expandDims(b, behind(b, pivotRow, [0, 1]), 1)));
	}
	return product;
}

export const DETERMINANT: OpDefinition = {
	op: "Determinant",
	kind: "opaque",
	/** Of the square matrices in the last two axes. */
	forward(b, inputs) {
		const x = asFloat(b, inputAt(inputs, 0));
		const rank = x.shape.length;
		const [height, width] = [x.shape[rank - 2], x.shape[rank - 1]];
		if (rank < 2 || height !== width || (width as number) < 0 || (width as number) > LARGEST)
			throw new InvalidRequestError(
				`square matrices of at most ${LARGEST} rows were expected, but ${formatShape(x.shape)} was given`,
			);
		const leading = x.shape.slice(0, -2);
		return [reshape(b, determinant(b, reshape(b, x, [productOf(leading), height as Dim, width as Dim])), leading)];
	},
};
