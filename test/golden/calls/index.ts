import type { Place, UnitAddress } from "../../../src/shared/units";
import { type MethodCall, notThereYet } from "../../support/attributions";
import type { Golden, GoldenArray } from "../sidecars";
import { type Calls, placeOf } from "./call";
import { classActivationMaps } from "./class-activation-maps";
import { gradients } from "./gradients";
import { modifiedBackward } from "./modified-backward";
import { perturbation } from "./perturbation";
import { referenceDifferences } from "./reference-differences";
import { relevance } from "./relevance";
import { whatIf } from "./what-if";

const CALLS: Calls = {
	...gradients,
	...modifiedBackward,
	...classActivationMaps,
	...relevance,
	...referenceDifferences,
	...perturbation,
	...whatIf,
};

/** How an array of a golden is made here. */
export type Reproduction =
	| { readonly kind: "input" | "logits" | "probabilities" }
	| { readonly kind: "activation"; readonly place: Place }
	| { readonly kind: "method"; readonly call: MethodCall }
	| { readonly kind: "skip"; readonly reason: string };

/** The unit of a golden's class: its logit. */
export const targetUnit = (golden: Golden, layer: string): UnitAddress => ({
	unit: { place: { layer }, channel: golden.target },
});

export function reproductionOf(entry: GoldenArray): Reproduction {
	const params = entry.params ?? {};
	switch (entry.method) {
		case "preprocessed input":
			return { kind: "input" };
		case "forward":
			return { kind: "logits" };
		case "softmax of the logits":
			return { kind: "probabilities" };
		case "activation":
			return { kind: "activation", place: placeOf(params.layer) };
	}
	const call = CALLS[entry.method]?.(params);
	if (!call) return { kind: "skip", reason: `method ${entry.method} not there yet` };
	if (typeof call === "string") return { kind: "skip", reason: call };
	const reason = notThereYet(call);
	return reason ? { kind: "skip", reason } : { kind: "method", call };
}
