import { InvalidRequestError } from "../../../shared/errors";
import type { Attr } from "../../graph/types";
import type { Builder } from "../../program/builder";
import { productOf } from "../../program/dims";
import type { Dim, Value } from "../../program/types";
import { add, constant, expandDims, matmul, reshape, squeeze, transpose } from "../../program/vocabulary";
import { arrayAttr, flagAttr, numbersAttr } from "../attributes";
import { asFloat, axisOf, inputAt } from "../numbers";
import type { Attrs, OpDefinition } from "../op";
import { einsum } from "./einsum";
import { effectiveKernel } from "./low-rank";
import { timesMatrix } from "./times-matrix";

function equationOf(attr: Attr): string {
	if (typeof attr !== "string") throw new InvalidRequestError("the equation is missing");
	return attr;
}

/** NumPy's matrix product: vectors count as a row or a column, leading axes broadcast. */
export function matrixProduct(b: Builder, left: Value, right: Value, attrs: Attrs): Value {
	const options = { transposeA: flagAttr(attrs, "transposeA"), transposeB: flagAttr(attrs, "transposeB") };
	const [x, y] = [asFloat(b, left), asFloat(b, right)];
	if (y.shape.length === 2 && x.shape.length > 2 && !options.transposeA)
		return timesMatrix(b, x, y, options.transposeB);
	const rows = x.shape.length === 1 ? expandDims(b, x, 0) : x;
	const columns = y.shape.length === 1 ? expandDims(b, y, 1) : y;
	let product = matmul(b, rows, columns, options);
	if (x.shape.length === 1) product = squeeze(b, product, [-2]);
	return y.shape.length === 1 ? squeeze(b, product, [-1]) : product;
}

/**
 * Keras' Dot layer: contracts one axis of each input for each example.
 * attrs: `axes` [of the first, of the second], batch included.
 */
function batchDot(b: Builder, left: Value, right: Value, attrs: Attrs): Value {
	const [first, second] = numbersAttr(attrs, "axes");
	if (first === undefined || second === undefined) throw new InvalidRequestError("two axes were expected");
	const [x, y] = [asFloat(b, left), asFloat(b, right)];
	const [a, c] = [axisOf(first, x.shape.length), axisOf(second, y.shape.length)];
	if (a === 0 || c === 0) throw new InvalidRequestError("a dot product over the batch is not computed");
	const others = (value: Value, axis: number) => value.shape.map((_, i) => i).filter((i) => i !== 0 && i !== axis);
	const [restX, restY] = [others(x, a), others(y, c)];
	const extents = (value: Value, axes: readonly number[]) => axes.map((axis) => value.shape[axis] as Dim);
	const n = x.shape[0] as Dim;
	const rows = reshape(b, transpose(b, x, [0, ...restX, a]), [n, productOf(extents(x, restX)), x.shape[a] as Dim]);
	const columns = reshape(b, transpose(b, y, [0, c, ...restY]), [n, y.shape[c] as Dim, productOf(extents(y, restY))]);
	const shape = [n, ...extents(x, restX), ...extents(y, restY)];
	return reshape(b, matmul(b, rows, columns), shape.length === 1 ? [n, 1] : shape);
}

export const PRODUCTS: readonly OpDefinition[] = [
	{
		op: "EinsumDense",
		kind: "linear",
		family: "dense",
		biasParams: ["bias"],
		/** inputs: x; params: `kernel`, `bias` (optional, broadcasts from the last axis); attrs: `equation` of x and kernel */
		forward(b, inputs, params, attrs) {
			const x = asFloat(b, inputAt(inputs, 0));
			const y = einsum(b, equationOf(attrs.equation), [x, effectiveKernel(b, params, attrs)]);
			return [params.bias ? add(b, y, params.bias) : y];
		},
	},
	{
		op: "Einsum",
		kind: "bilinear",
		forward: (b, inputs, _params, attrs) => [
			einsum(
				b,
				equationOf(attrs.equation),
				inputs.map((input) => asFloat(b, input)),
			),
		],
	},
	{
		op: "MatMul",
		kind: "bilinear",
		forward: (b, inputs, _params, attrs) => [matrixProduct(b, inputAt(inputs, 0), inputAt(inputs, 1), attrs)],
	},
	{
		op: "MatMulConstant",
		kind: "linear",
		/** attrs: `constant`, a matrix (or vector) that the file holds among the arguments of the call */
		forward(b, inputs, _params, attrs) {
			const { data, shape } = arrayAttr(attrs, "constant");
			return [matrixProduct(b, inputAt(inputs, 0), constant(b, data, shape), {})];
		},
	},
	{
		op: "Dot",
		kind: "bilinear",
		forward: (b, inputs, _params, attrs) => [batchDot(b, inputAt(inputs, 0), inputAt(inputs, 1), attrs)],
	},
];
