import { InvalidRequestError } from "../../../../shared/errors";
import type { Builder } from "../../../program/builder";
import { productOf } from "../../../program/dims";
import type { Dim, Value } from "../../../program/types";
import { broadcastTo, constant, matmul, reshape } from "../../../program/vocabulary";
import { knownExtent } from "../../numbers";

/**
 * Applies a matrix along one axis: result[..., o, ...] = sum over i of matrix[o][i] * x[..., i, ...].
 * Every separable linear map of images (resizing, averages over bins) is one of these for each axis.
 * @param matrix one row for each output position, each with one weight for each input position
 */
export function mapAxis(b: Builder, x: Value, axis: number, matrix: readonly (readonly number[])[]): Value {
	const extent = knownExtent(x, axis);
	if (matrix.some((row) => row.length !== extent))
		throw new InvalidRequestError(`the matrix does not take the ${extent} positions of axis ${axis}`);
	const made = matrix.length;
	const before = productOf(x.shape.slice(0, axis));
	const after = productOf(x.shape.slice(axis + 1));
	const weights = constant(b, matrix.flat(), [made, extent]);
	const shape: Dim[] = [...x.shape.slice(0, axis), made, ...x.shape.slice(axis + 1)];
	if (after === 1) return reshape(b, matmul(b, reshape(b, x, [before, extent]), weights, { transposeB: true }), shape);
	const slabs = reshape(b, x, [before, extent, after]);
	return reshape(b, matmul(b, reshape(b, weights, [1, made, extent]), slabs), shape);
}

/** Each position along an axis `times` times in a row. */
export function repeatAxis(b: Builder, x: Value, axis: number, times: number): Value {
	if (times === 1) return x;
	const extent = x.shape[axis] as Dim;
	const before = productOf(x.shape.slice(0, axis));
	const after = productOf(x.shape.slice(axis + 1));
	const split: Dim[] = [before, extent, 1, after];
	const copies = broadcastTo(b, reshape(b, x, split), [before, extent, times, after]);
	return reshape(b, copies, [...x.shape.slice(0, axis), extent * times, ...x.shape.slice(axis + 1)]);
}
