import type { Builder } from "../../program/builder";
import type { Value } from "../../program/types";
import { abs, binary, div, select, sub } from "../../program/vocabulary";

/** Where an input differs from its reference by less than this, its gradient stands for the quotient (Captum 0.9 `DeepLift`: `eps`). */
export const DIFFERENCE_THRESHOLD = 1e-10;

/** x - reference. */
export const difference = (b: Builder, x: Value, reference: Value): Value => sub(b, x, reference);

/**
 * Contribution over difference, element by element, with `fallback` where the difference is not larger than the
 * threshold (nor a number: padding with minus infinity differs from itself by NaN).
 */
export function quotient(b: Builder, contribution: Value, delta: Value, fallback: Value, threshold: number): Value {
	const tells = binary(b, "greater", abs(b, delta), threshold);
	return select(b, tells, div(b, contribution, select(b, tells, delta, 1)), fallback);
}
