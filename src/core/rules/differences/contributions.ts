import type { Builder } from "../../program/builder";
import type { Value } from "../../program/types";
import { mul } from "../../program/vocabulary";
import type { BackwardStep, Composite } from "../rule";
import { difference } from "./quotient";

type Maybe = Value | undefined;

/** Multipliers times differences: what a ledger of relevance counts where multipliers are handed back. */
export function contributions(
	b: Builder,
	multipliers: readonly Maybe[],
	values: readonly Value[],
	references: readonly Value[],
): Maybe[] {
	return multipliers.map((multiplier, index) => {
		const value = values[index];
		if (!multiplier || value?.dtype !== "float32") return undefined;
		return mul(b, multiplier, difference(b, value, references[index] as Value));
	});
}

/** What a node hands to each input as one multiplier. */
export const joinedInputs = (
	composite: Composite,
	step: BackwardStep,
	parts: readonly Maybe[],
	spreads: readonly Maybe[],
): Maybe[] =>
	step.inputs.map((_, input) => {
		const [part, spread] = [parts[input], spreads[input]];
		return spread && composite.join ? composite.join(step, input, part, spread) : part;
	});
