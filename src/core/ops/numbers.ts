import { InvalidRequestError, UnsupportedError } from "../../shared/errors";
import type { Builder } from "../program/builder";
import type { Dim, Value } from "../program/types";
import { cast, normalAxis } from "../program/vocabulary";

/** The value as float32: what layers that compute with reals do to integer and bool inputs. */
export const asFloat = (b: Builder, x: Value): Value => cast(b, x, "float32");

const RANKS = { bool: 0, int32: 1, float32: 2 } as const;

/** Values brought to the widest of their types (bool < int32 < float32), as TensorFlow and NumPy promote. */
export function promote(b: Builder, values: readonly Value[]): Value[] {
	const widest = values.reduce((a, c) => (RANKS[c.dtype] > RANKS[a.dtype] ? c : a)).dtype;
	return values.map((value) => cast(b, value, widest));
}

/** As {@link promote}, but bool counts as int32: what arithmetic works on. */
export function promoteNumbers(b: Builder, values: readonly Value[]): Value[] {
	return promote(
		b,
		values.map((value) => (value.dtype === "bool" ? cast(b, value, "int32") : value)),
	);
}

/** An axis as it counts from the front. @throws InvalidRequestError when there is no such axis */
export function axisOf(axis: number, rank: number): number {
	const normal = normalAxis(axis, rank);
	if (!Number.isInteger(axis) || normal < 0 || normal >= rank)
		throw new InvalidRequestError(`axis ${axis} was asked for, but the tensor has ${rank} axes`);
	return normal;
}

/** The input at a position. @throws InvalidRequestError when the node has fewer */
export function inputAt(inputs: readonly Value[], index: number): Value {
	const input = inputs[index];
	if (!input) throw new InvalidRequestError(`input ${index} is missing: ${inputs.length} were given`);
	return input;
}

/** An extent that must be known when the program is built. */
export function knownExtent(x: Value, axis: number): number {
	const extent = x.shape[axis] as Dim;
	if (extent < 0)
		throw new InvalidRequestError(`axis ${axis} depends on the batch size, so nothing can be computed along it`);
	return extent;
}

/** Entries of a table that is computed while a program is built: 64 MB as float32, the weights of a 4096 x 4096 resize. */
const MOST_ENTRIES = 2 ** 24;

/**
 * Sizes come from files: a damaged one must not take all memory.
 * @param extents of a table that is about to be made
 * @throws UnsupportedError when no sound model needs one so large
 */
export function checkTable(...extents: readonly number[]): void {
	const entries = extents.reduce((product, extent) => product * extent, 1);
	if (!(entries <= MOST_ENTRIES))
		throw new UnsupportedError(`sizes of ${extents.join(" x ")} are larger than what can be computed`);
}
