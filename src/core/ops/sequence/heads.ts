import { InvalidRequestError } from "../../../shared/errors";
import { productOf } from "../../program/dims";
import type { Dim } from "../../program/types";
import { reshape, transpose } from "../../program/vocabulary";
import { numberAttr } from "../attributes";
import { inputAt, knownExtent } from "../numbers";
import type { OpDefinition } from "../op";

/** Features of several heads side by side, and heads on an axis of their own. */
export const HEADS: readonly OpDefinition[] = [
	{
		op: "SplitHeads",
		kind: "shape",
		/** [N, T, heads size] to [N, heads, T, size]. attrs: `heads` */
		forward(b, inputs, _params, attrs) {
			const x = inputAt(inputs, 0);
			const heads = numberAttr(attrs, "heads");
			const [n, steps] = x.shape as [Dim, Dim];
			const size = knownExtent(x, 2) / heads;
			if (!Number.isInteger(size))
				throw new InvalidRequestError(`${x.shape[2]} features do not divide into ${heads} heads`);
			return [transpose(b, reshape(b, x, [n, steps, heads, size]), [0, 2, 1, 3])];
		},
	},
	{
		op: "JoinHeads",
		kind: "shape",
		/** [N, heads, T, size] to [N, T, heads size] */
		forward(b, inputs) {
			const x = inputAt(inputs, 0);
			const [n, heads, steps, size] = x.shape as [Dim, Dim, Dim, Dim];
			return [reshape(b, transpose(b, x, [0, 2, 1, 3]), [n, steps, productOf([heads, size])])];
		},
	},
];
