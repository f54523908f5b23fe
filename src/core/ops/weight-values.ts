import { InvalidRequestError } from "../../shared/errors";
import { constant } from "../program/vocabulary";
import { numbersAttr, textAttr } from "./attributes";
import { inputAt } from "./numbers";
import type { OpDefinition } from "./op";
import { paramOf } from "./params";

/** Weights and constants as values of the graph, and ops that take values where others take weights. */
export const WEIGHT_VALUES: readonly OpDefinition[] = [
	{ op: "Weight", kind: "opaque", forward: (_b, _inputs, params) => [paramOf(params, "weight")] },
	{
		op: "ConstantTensor",
		kind: "opaque",
		/** No inputs; attrs: `data` row-major, `shape`, `dtype` */
		forward(b, _inputs, _params, attrs) {
			const dtype = textAttr(attrs, "dtype", ["float32", "int32", "bool"]);
			return [constant(b, numbersAttr(attrs, "data"), numbersAttr(attrs, "shape"), dtype)];
		},
	},
];

/**
 * Any op with weights that are computed of the model's inputs: `attrs.op` with the params that `attrs.params` names, in
 * the order of the inputs behind the op's own `attrs.taken`. Its gradient is exact; relevance has no rule for it.
 */
export const withComputedParams = (find: (op: string) => OpDefinition | undefined): OpDefinition => ({
	op: "WithComputedParams",
	kind: "opaque",
	forward(b, inputs, params, attrs) {
		const definition = typeof attrs.op === "string" ? find(attrs.op) : undefined;
		if (!definition || typeof attrs.taken !== "number" || !Array.isArray(attrs.params))
			throw new InvalidRequestError("an op with computed weights was expected");
		const taken = attrs.taken;
		const computed = Object.fromEntries(
			(attrs.params as string[]).map((name, index) => [name, inputAt(inputs, taken + index)]),
		);
		return definition.forward(b, inputs.slice(0, taken), { ...params, ...computed }, attrs);
	},
});
