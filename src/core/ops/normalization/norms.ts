import type { Builder } from "../../program/builder";
import type { Value } from "../../program/types";
import { abs, add, binary, div, mean, select, sqrt, square, sub, sum } from "../../program/vocabulary";
import { numberAttr, numbersAttr } from "../attributes";
import { asFloat, inputAt } from "../numbers";
import type { Attrs, OpDefinition } from "../op";
import { moments } from "./statistics";

/** x / y, 0 where y is 0. */
function ratio(b: Builder, x: Value, y: Value): Value {
	const zero = binary(b, "equal", y, 0);
	return select(b, zero, 0, div(b, x, select(b, zero, 1, y)));
}

type Divisor = (b: Builder, x: Value, attrs: Attrs) => Value;

const lpNorm: Divisor = (b, x, attrs) => {
	const axes = [numberAttr(attrs, "axis", -1)];
	if (numberAttr(attrs, "order", 2) === 1) return sum(b, abs(b, x), axes, true);
	return sqrt(b, sum(b, square(b, x), axes, true));
};

const deviation: Divisor = (b, x, attrs) =>
	add(b, sqrt(b, moments(b, x, numbersAttr(attrs, "axes")).variance), numberAttr(attrs, "epsilon", 1e-9));

const statistics =
	(divisor: Divisor): NonNullable<OpDefinition["statistics"]> =>
	(b, inputs, _params, attrs) => [divisor(b, asFloat(b, inputAt(inputs, 0)), attrs)];

export const NORMS: readonly OpDefinition[] = [
	{
		op: "LpNormalization",
		kind: "normalise",
		statistics: statistics(lpNorm),
		/** To the norm 1 along `axis`, 0 where the norm is 0. attrs: `axis`, `order` (1 or 2) */
		forward(b, inputs, _params, attrs) {
			const x = asFloat(b, inputAt(inputs, 0));
			return [ratio(b, x, lpNorm(b, x, attrs))];
		},
	},
	{
		op: "MeanVarianceNormalization",
		kind: "normalise",
		statistics: statistics(deviation),
		/** (x - mean) / (standard deviation + epsilon) over `axes`; attrs: `axes`, `epsilon` */
		forward(b, inputs, _params, attrs) {
			const x = asFloat(b, inputAt(inputs, 0));
			const average = mean(b, x, numbersAttr(attrs, "axes"), true);
			return [div(b, sub(b, x, average), deviation(b, x, attrs))];
		},
	},
];
