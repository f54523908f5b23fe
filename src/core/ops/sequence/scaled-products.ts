import { matmul, mul } from "../../program/vocabulary";
import { numberAttr } from "../attributes";
import { asFloat, inputAt, knownExtent } from "../numbers";
import type { OpDefinition } from "../op";

/** Products of queries [N, heads, T, size] with keys [N, heads, S, size], scaled: [N, heads, T, S]. */
export const SCALED_PRODUCTS: OpDefinition = {
	op: "ScaledProducts",
	kind: "bilinear",
	/** attrs: `scale` (1 / root of the size when absent) */
	forward(b, inputs, _params, attrs) {
		const [query, key] = [asFloat(b, inputAt(inputs, 0)), asFloat(b, inputAt(inputs, 1))];
		const scale = numberAttr(attrs, "scale", 1 / Math.sqrt(knownExtent(query, query.shape.length - 1)));
		return [mul(b, matmul(b, query, key, { transposeB: true }), scale)];
	},
};
