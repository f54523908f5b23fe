import type { Builder } from "../../program/builder";
import { firstMaxima, poolAttributes } from "../../program/primitives/pooling";
import type { Value } from "../../program/types";
import { vjp } from "../../program/vjp";
import { abs, binary, max, mul, select, sub } from "../../program/vocabulary";
import { type DifferenceRule, orZero } from "./call";

/**
 * Share of the largest value of a map within which elements count as equal. Convolutions of a constant reference make
 * maps that are constant but at the border; in float32 each position is rounded by itself, by sums of some hundred to some
 * thousand terms: about sqrt(1000) * 2^-24 = 2e-6 of what is summed, and two of them differ by twice that at most.
 */
const ROUNDING = 4e-6;

/** A little less than the maxima of windows: what is equal but for rounding is not below it. */
export function nearly(b: Builder, maxima: Value): Value {
	const axes = maxima.shape.map((_, axis) => axis).slice(1);
	const size = abs(b, maxima);
	// Windows that hold nothing but padding are at minus infinity.
	const finite = select(b, binary(b, "less", size, Number.POSITIVE_INFINITY), size, 0);
	return sub(b, maxima, mul(b, max(b, finite, axes, true), ROUNDING));
}

/**
 * The gradient of a max pool on the reference, at the first element of each window that is the largest but for rounding. On a reference
 * ties are the rule, and which of them an engine makes the largest is chance.
 */
export const atNearMaximum: DifferenceRule = (b, { reference, attributes }, g) => {
	const x = reference.inputs[0] as Value;
	const cells = firstMaxima(b, x, nearly(b, reference.result), poolAttributes(attributes, x.shape.length - 2));
	const taken = cells.map(({ isFirst, cellOf }): [Value, Value] => [cellOf(x), select(b, isFirst, g, 0)]);
	return [orZero(b, vjp(b, taken, [x])[0], x)];
};
