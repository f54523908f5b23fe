import { InvalidRequestError } from "../../../shared/errors";
import { flag } from "../attributes";
import { broadcastShapes, formatDim } from "../dims";
import type { Primitive } from "../primitive";
import type { Dim, Value, ValueType } from "../types";
import { matmul, sumTo } from "../vocabulary";
import { elements, floatInputs } from "./checks";

/** Rows and columns of the last two axes, as they enter the product. */
function matrixExtents(type: ValueType, transposed: boolean): [Dim, Dim] {
	const [rows, columns] = type.shape.slice(-2) as [Dim, Dim];
	return transposed ? [columns, rows] : [rows, columns];
}

const matmulPrimitive: Primitive = {
	name: "matmul",
	type(inputs, attributes) {
		const [x, y] = floatInputs(inputs, "left", "right") as [ValueType, ValueType];
		if (x.shape.length < 2 || y.shape.length < 2) throw new InvalidRequestError("both operands need at least two axes");
		const [rows, inner] = matrixExtents(x, flag(attributes, "transposeA"));
		const [innerOfY, columns] = matrixExtents(y, flag(attributes, "transposeB"));
		if (inner !== innerOfY)
			throw new InvalidRequestError(
				`the left operand has ${formatDim(inner)} columns, but the right one has ${formatDim(innerOfY)} rows`,
			);
		return { dtype: "float32", shape: [...broadcastShapes(x.shape.slice(0, -2), y.shape.slice(0, -2)), rows, columns] };
	},
	vjp(b, { inputs, attributes, needed }, g) {
		const [x, y] = inputs as [Value, Value];
		const transposeA = flag(attributes, "transposeA");
		const transposeB = flag(attributes, "transposeB");
		const dx = () =>
			transposeA
				? matmul(b, y, g, { transposeA: transposeB, transposeB: true })
				: matmul(b, g, y, { transposeB: !transposeB });
		const dy = () =>
			transposeB
				? matmul(b, g, x, { transposeA: true, transposeB: transposeA })
				: matmul(b, x, g, { transposeA: !transposeA });
		return [needed[0] ? sumTo(b, dx(), x.shape) : undefined, needed[1] ? sumTo(b, dy(), y.shape) : undefined];
	},
	flops(inputs, result, attributes) {
		const [, inner] = matrixExtents(inputs[0] as ValueType, flag(attributes, "transposeA"));
		return 2 * elements(result) * Math.abs(inner);
	},
};

export const MATMUL: readonly Primitive[] = [matmulPrimitive];
