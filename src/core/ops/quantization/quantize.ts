import { InvalidRequestError } from "../../../shared/errors";
import type { Builder } from "../../program/builder";
import { formatShape } from "../../program/dims";
import type { Dim, Value } from "../../program/types";
import {
	add,
	binary,
	cast,
	div,
	matmul,
	max,
	maximum,
	minimum,
	mul,
	reduce,
	reshape,
	select,
	sub,
	unary,
} from "../../program/vocabulary";
import { numberAttr } from "../attributes";
import { asFloat, axisOf, inputAt } from "../numbers";
import type { Attrs, OpDefinition } from "../op";
import { repeatAxis } from "../spatial/resizing/axis-map";

/** Scales and zero points as they broadcast to x: one for all, one for each place on `axis`, or one for each `blockSize` places. */
function spread(b: Builder, x: Value, table: Value, attrs: Attrs): Value {
	if (table.shape.every((extent) => extent === 1)) return reshape(b, table, []);
	const axis = axisOf(numberAttr(attrs, "axis", 1), x.shape.length);
	const blockSize = numberAttr(attrs, "blockSize", 0);
	if (blockSize > 0) {
		const repeated = repeatAxis(b, table, axis, blockSize);
		const extent = x.shape[axis] as number;
		return repeated.shape[axis] === extent
			? repeated
			: b.emit("slice", [repeated], {
					begin: repeated.shape.map(() => 0),
					size: repeated.shape.map((_, i) => (i === axis ? extent : -1)),
				});
	}
	if (table.shape.length !== 1)
		throw new InvalidRequestError(
			`a scale for each place on axis ${axis} was expected, not ${formatShape(table.shape)}`,
		);
	return reshape(
		b,
		table,
		x.shape.map((_, i) => (i === axis ? (table.shape[0] as Dim) : 1)),
	);
}

/** x in steps of `scale`, halves to even, shifted by the zero point and cut to [`low`, `high`]; int32. */
function quantized(b: Builder, x: Value, scale: Value, zero: Value | undefined, attrs: Attrs): Value {
	const steps = unary(b, "round", div(b, x, scale));
	const shifted = zero ? add(b, steps, asFloat(b, zero)) : steps;
	return cast(b, minimum(b, maximum(b, shifted, numberAttr(attrs, "low")), numberAttr(attrs, "high")), "int32");
}

/**
 * An exact product of matrices of integers: one operand is split into multiples of 16 and the rest, so that float32
 * sums of bytes stay whole for up to 4,000 terms.
 */
function integerProduct(b: Builder, x: Value, y: Value): Value {
	const high = binary(b, "floorDiv", x, 16);
	const low = sub(b, x, mul(b, high, 16));
	const product = (part: Value) => cast(b, matmul(b, asFloat(b, part), asFloat(b, y)), "int32");
	return add(b, mul(b, product(high), 16), product(low));
}

export const QUANTIZATION: readonly OpDefinition[] = [
	{
		op: "Quantize",
		kind: "opaque",
		/** inputs: x, scales, zero points (optional); attrs: `low`, `high` (of the type), `axis`, `blockSize` */
		forward(b, inputs, _params, attrs) {
			const x = asFloat(b, inputAt(inputs, 0));
			const zero = inputs[2] && spread(b, x, inputs[2], attrs);
			return [quantized(b, x, spread(b, x, asFloat(b, inputAt(inputs, 1)), attrs), zero, attrs)];
		},
	},
	{
		op: "Dequantize",
		kind: "opaque",
		/** inputs: integers, scales, zero points (optional); attrs: `axis`, `blockSize` */
		forward(b, inputs, _params, attrs) {
			const x = inputAt(inputs, 0);
			const centred = inputs[2] ? sub(b, x, spread(b, x, inputs[2], attrs)) : x;
			return [mul(b, asFloat(b, centred), spread(b, x, asFloat(b, inputAt(inputs, 1)), attrs))];
		},
	},
	{
		op: "DynamicQuantize",
		kind: "opaque",
		/** To bytes by the range of x itself, 0 included. outputs: bytes, scale, zero point */
		forward(b, inputs) {
			const x = asFloat(b, inputAt(inputs, 0));
			const axes = [...x.shape.keys()];
			const high = maximum(b, max(b, x, axes), 0);
			const low = minimum(b, reduce(b, "reduceMin", x, axes), 0);
			const range = sub(b, high, low);
			const scale = div(b, select(b, binary(b, "equal", range, 0), 1, range), 255);
			const bounded = minimum(b, maximum(b, sub(b, 0, div(b, low, scale)), 0), 255);
			const zero = cast(b, unary(b, "round", bounded), "int32");
			return [quantized(b, x, scale, zero, { low: 0, high: 255 }), scale, zero];
		},
	},
	{
		op: "IntegerMatMul",
		kind: "opaque",
		/** int32 matrices of bytes (or their differences); vectors count as a row or a column */
		forward(b, inputs) {
			const [x, y] = [inputAt(inputs, 0), inputAt(inputs, 1)];
			const rows = x.shape.length === 1 ? reshape(b, x, [1, ...x.shape]) : x;
			const columns = y.shape.length === 1 ? reshape(b, y, [...y.shape, 1]) : y;
			const product = integerProduct(b, rows, columns);
			const shape = product.shape.filter((_, axis) => {
				const fromEnd = product.shape.length - axis;
				return !(x.shape.length === 1 && fromEnd === 2) && !(y.shape.length === 1 && fromEnd === 1);
			});
			return [reshape(b, product, shape)];
		},
	},
];
