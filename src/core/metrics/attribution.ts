import type { ParameterDescription } from "../../shared/methods";
import { type MetricContext, parameter } from "./metric";

const ABS: ParameterDescription = {
	name: "abs",
	type: "boolean",
	default: false,
	help: "Absolute values of the map (Quantus: abs).",
};

const NORMALISE: ParameterDescription = {
	name: "normalise",
	type: "boolean",
	default: true,
	help: "The map divided by its largest absolute value, before anything else (Quantus: normalise, normalise_by_max).",
};

/** How the map is prepared, with the defaults of a metric. */
export const attributionParameters = (abs: boolean, normalise = true): ParameterDescription[] => [
	{ ...ABS, default: abs } as ParameterDescription,
	{ ...NORMALISE, default: normalise } as ParameterDescription,
];

/**
 * The map of an example as the parameters `abs` and `normalise` say.
 * @param largest what it is divided by; absent: its own largest absolute value
 */
export function preparedAttribution(
	context: Pick<MetricContext, "parameters">,
	attribution: Float64Array,
	largest = largestOf(attribution),
): Float64Array {
	let values = attribution;
	if (parameter(context, "normalise", "boolean")) {
		if (largest > 0) values = values.map((value) => value / largest);
	}
	return parameter(context, "abs", "boolean") ? values.map(Math.abs) : values;
}

/** Largest absolute value. */
export const largestOf = (values: Float64Array): number =>
	values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** Indices by falling value; equal ones keep their order. */
export function descending(values: ArrayLike<number>): Int32Array {
	return Int32Array.from(values, (_, at) => at).sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0) || a - b);
}
