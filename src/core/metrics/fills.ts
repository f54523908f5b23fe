import { InvalidRequestError } from "../../shared/errors";
import type { ParameterDescription } from "../../shared/methods";
import { type MetricContext, parameter } from "./metric";
import { meanOf } from "./numbers";

export const fillParameter = (byDefault: string): ParameterDescription => ({
	name: "perturb_baseline",
	type: "text",
	default: byDefault,
	placeholder: "black, white, mean, or a number",
	help: "What takes the place of removed elements: black, white and mean are the smallest, largest and mean value of the input as it is at that step, after earlier replacements (Quantus: perturb_baseline).",
});

/** The number that replaces elements of an array. @throws InvalidRequestError for a name that is none */
export function fillValue(context: Pick<MetricContext, "parameters">, values: Float32Array): number {
	const text = parameter(context, "perturb_baseline", "string").trim();
	switch (text) {
		case "black":
			return values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
		case "white":
			return values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
		case "mean":
			return meanOf(values);
	}
	const number = Number(text);
	if (text === "" || !Number.isFinite(number))
		throw new InvalidRequestError(
			`the parameter perturb_baseline is "${text}"`,
			"perturb_baseline",
			"black, white, mean, or a number is expected.",
		);
	return number;
}

/**
 * Replaces groups of elements one after the other; what is replaced stays so.
 * @param groups elements of each step
 * @returns the input after each step
 */
export function* replaced(
	context: Pick<MetricContext, "parameters">,
	values: Float32Array,
	groups: Iterable<ArrayLike<number>>,
): Generator<Float32Array, void, void> {
	let current = values;
	for (const group of groups) {
		const fill = fillValue(context, current);
		const next = current.slice();
		for (let at = 0; at < group.length; at++) next[group[at] as number] = fill;
		yield next;
		current = next;
	}
}
