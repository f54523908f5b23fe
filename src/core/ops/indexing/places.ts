import { InvalidRequestError } from "../../../shared/errors";
import type { Builder } from "../../program/builder";
import { isBatchDim, productOf } from "../../program/dims";
import type { Dim, Value } from "../../program/types";
import { add, binary, cast, constant, full, mul, reshape, select } from "../../program/vocabulary";

/**
 * Says of an instruction that goes along the batch that each example only meets itself: its number, or elements at
 * places that begin with its number. Examples stay independent of each other.
 */
export const BY_EXAMPLE = { byExample: true } as const;

/** Rows of x [N K, ...] at places [N, ...] that {@link countAlong} the batch began: each example takes from its own. */
export const gatherByExample = (b: Builder, rows: Value, places: Value): Value =>
	b.emit("gather", [rows, places], { axis: 0, ...(isCounted(places) && BY_EXAMPLE) });

/** Whether there are places for each example: else they are those of some examples, for all. */
export const isCounted = ({ shape }: Value): boolean => isBatchDim(shape[0] ?? 1);

/** int32 numbers 0, 1, ... along an axis, with extent 1 on the other axes; the axis may be the batch. */
export function countAlong(b: Builder, shape: readonly Dim[], axis: number): Value {
	const extent = shape[axis] as Dim;
	const lying = shape.map((_, i) => (i === axis ? extent : 1));
	if (isBatchDim(extent)) {
		const counting = { axis, exclusive: true, reverse: false, ...BY_EXAMPLE };
		return cast(b, b.emit("cumsum", [full(b, lying, 1)], counting), "int32");
	}
	return constant(
		b,
		Int32Array.from({ length: extent }, (_, i) => i),
		lying,
		"int32",
	);
}

/** Indices below 0 count from the end of an axis of `extent`. */
export function fromTheFront(b: Builder, indices: Value, extent: Dim): Value {
	const whole = cast(b, indices, "int32");
	if (isBatchDim(extent)) return whole;
	return select(b, binary(b, "less", whole, 0), add(b, whole, extent), whole);
}

/**
 * Row-major place in a tensor of `shape` of each tuple of indices, one value an axis, which broadcast.
 * @throws InvalidRequestError when an axis behind the first depends on the batch: steps must be known
 */
export function flatPlaces(b: Builder, indices: readonly Value[], shape: readonly Dim[]): Value {
	const parts = indices.map((index, axis) => {
		const step = productOf(shape.slice(axis + 1));
		if (isBatchDim(step)) throw new InvalidRequestError("places are computed in tensors whose batch is the first axis");
		return step === 1 ? index : mul(b, index, step);
	});
	const [first, ...rest] = parts;
	if (!first) throw new InvalidRequestError("an index of at least one axis was expected");
	return rest.reduce((sum, part) => add(b, sum, part), first);
}

/** All elements in one row. */
export const flattened = (b: Builder, x: Value): Value => reshape(b, x, [productOf(x.shape)]);
