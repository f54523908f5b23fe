import type { Builder } from "../../program/builder";
import { productOf } from "../../program/dims";
import type { Dim, Value } from "../../program/types";
import { matmul, reshape } from "../../program/vocabulary";

/** x [..., in] times a matrix [in, out] (or [out, in], transposed): any rank goes through one matrix product. */
export function timesMatrix(b: Builder, x: Value, matrix: Value, transposed = false): Value {
	const leading = x.shape.slice(0, -1);
	const rows = leading.length === 1 ? x : reshape(b, x, [productOf(leading), x.shape.at(-1) as Dim]);
	const y = matmul(b, rows, matrix, { transposeB: transposed });
	return leading.length === 1 ? y : reshape(b, y, [...leading, y.shape.at(-1) as Dim]);
}
