import type { Builder } from "../../program/builder";
import { productOf } from "../../program/dims";
import type { Dim, Value } from "../../program/types";
import { add, matmul, mul, reshape } from "../../program/vocabulary";
import { flagAttr, numberAttr } from "../attributes";
import { asFloat, inputAt } from "../numbers";
import type { OpDefinition, Params } from "../op";
import { paramOf } from "../spatial/convolution";

/** x [..., in] times a matrix [in, out] (or [out, in], transposed): any rank goes through one matrix product. */
export function timesMatrix(b: Builder, x: Value, matrix: Value, transposed = false): Value {
	const leading = x.shape.slice(0, -1);
	const rows = leading.length === 1 ? x : reshape(b, x, [productOf(leading), x.shape.at(-1) as Dim]);
	const y = matmul(b, rows, matrix, { transposeB: transposed });
	return leading.length === 1 ? y : reshape(b, y, [...leading, y.shape.at(-1) as Dim]);
}

/**
 * The matrix, with a low-rank update where the file keeps one beside it (Hu et al. 2021, LoRA):
 * kernel + loraScale * A B.
 */
function effectiveKernel(b: Builder, params: Params, scale: number): Value {
	const kernel = paramOf(params, "kernel");
	if (!params.loraA || !params.loraB) return kernel;
	return add(b, kernel, mul(b, timesMatrix(b, params.loraA, params.loraB), scale));
}

export const DENSE: OpDefinition = {
	op: "Dense",
	kind: "linear",
	family: "dense",
	biasParams: ["bias"],
	/**
	 * inputs: x [..., in]; params: `kernel` [in, out], `bias` [out] (optional), `loraA` [in, r] and `loraB` [r, out]
	 * (optional); attrs: `loraScale`, `transposeKernel` (the kernel is kept as [out, in])
	 */
	forward(b, inputs, params, attrs) {
		const kernel = effectiveKernel(b, params, numberAttr(attrs, "loraScale", 1));
		const y = timesMatrix(b, asFloat(b, inputAt(inputs, 0)), kernel, flagAttr(attrs, "transposeKernel"));
		return [params.bias ? add(b, y, params.bias) : y];
	},
};
