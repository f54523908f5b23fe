import { notThereYet } from "../../support/attributions";
import type { Case } from "../manifest";
import type { Call, Calls } from "./call";
import { classActivationMaps } from "./class-activation-maps";
import { gradients } from "./gradients";
import { inspection } from "./inspection";
import { modifiedBackward } from "./modified-backward";
import { perturbation } from "./perturbation";
import { referenceDifferences } from "./reference-differences";
import { relevance } from "./relevance";
import { whatIf } from "./what-if";

const CALLS: Calls = {
	...inspection,
	...gradients,
	...modifiedBackward,
	...classActivationMaps,
	...relevance,
	...referenceDifferences,
	...perturbation,
	...whatIf,
};

/** A call here that means what the case's tool computes, or why there is none yet. */
export function callOf(entry: Case): Call {
	const make = CALLS[`${entry.suite} ${entry.method}`] ?? CALLS[entry.method];
	if (!make) return `method ${entry.method} not there yet`;
	const call = make(entry);
	return typeof call === "string" || "run" in call ? call : (notThereYet(call) ?? call);
}
