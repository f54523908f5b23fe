import { InvalidRequestError } from "../../../shared/errors";
import type { Builder } from "../../program/builder";
import type { Value } from "../../program/types";
import { add, broadcastTo, maximum, mean, mul, reshape, rsqrt, square, sub, sum } from "../../program/vocabulary";
import { numberAttr, numbersAttr } from "../attributes";
import { asFloat, axisOf, inputAt, knownExtent } from "../numbers";
import type { Attrs, OpDefinition } from "../op";
import { alongAxes } from "./batch";
import { moments } from "./statistics";

/** What an op multiplies its input with, made of that input: one over a deviation or a norm. */
type Statistic = (b: Builder, x: Value, attrs: Attrs) => Value;

/** attrs: `axes`, or `from`: all axes from there on */
function axesOf(attrs: Attrs, x: Value): number[] {
	if (attrs.from == null) return numbersAttr(attrs, "axes", [-1]);
	const first = axisOf(numberAttr(attrs, "from"), x.shape.length);
	return Array.from({ length: x.shape.length - first }, (_, index) => first + index);
}

const inverseDeviation: Statistic = (b, x, attrs) =>
	rsqrt(b, add(b, moments(b, x, axesOf(attrs, x)).variance, numberAttr(attrs, "epsilon", 1e-3)));

const inverseRms: Statistic = (b, x, attrs) =>
	rsqrt(b, add(b, mean(b, square(b, x), axesOf(attrs, x), true), numberAttr(attrs, "epsilon", 1e-7)));

const inverseNorm: Statistic = (b, x, attrs) =>
	rsqrt(b, maximum(b, sum(b, square(b, x), axesOf(attrs, x), true), numberAttr(attrs, "floor")));

/** The statistic of an op as {@link OpDefinition.statistics} gives it. */
const statistics =
	(statistic: Statistic): NonNullable<OpDefinition["statistics"]> =>
	(b, inputs, _params, attrs) => [statistic(b, asFloat(b, inputAt(inputs, 0)), attrs)];

/** x [N, ..., C, ...] as [N, ..., groups, C / groups, ...], and the axes that share statistics. */
function groupsOf(b: Builder, x: Value, attrs: Attrs): { grouped: Value; axes: number[] } {
	const axis = axisOf(numberAttr(attrs, "axis", -1), x.shape.length);
	const channels = knownExtent(x, axis);
	const asked = numberAttr(attrs, "groups", 32);
	const groups = asked === -1 ? channels : asked;
	if (channels % groups !== 0)
		throw new InvalidRequestError(`${channels} channels do not divide into ${groups} groups`);
	const grouped = reshape(b, x, [...x.shape.slice(0, axis), groups, channels / groups, ...x.shape.slice(axis + 1)]);
	return { grouped, axes: grouped.shape.map((_, i) => i).filter((i) => i !== 0 && i !== axis) };
}

const inverseGroupDeviation: Statistic = (b, x, attrs) => {
	const { grouped, axes } = groupsOf(b, x, attrs);
	return inverseDeviation(b, grouped, { ...attrs, axes });
};

export const LAYER_NORMALIZATION: readonly OpDefinition[] = [
	{
		op: "LayerNormalization",
		kind: "normalise",
		statistics: statistics(inverseDeviation),
		biasParams: ["beta"],
		/**
		 * Ba, Kiros & Hinton 2016: by mean and variance of each example over `axes`.
		 * params: `gamma`, `beta` (optional, one entry for each position along the axes); attrs: `axes`, `epsilon`
		 */
		forward(b, inputs, params, attrs) {
			const x = asFloat(b, inputAt(inputs, 0));
			const axes = axesOf(attrs, x);
			let y = mul(b, sub(b, x, mean(b, x, axes, true)), inverseDeviation(b, x, attrs));
			if (params.gamma) y = mul(b, y, alongAxes(b, params.gamma, x, axes));
			return [params.beta ? add(b, y, alongAxes(b, params.beta, x, axes)) : y];
		},
	},
	{
		op: "VarianceScaling",
		kind: "normalise",
		statistics: statistics(inverseDeviation),
		/**
		 * x / sqrt(variance + epsilon) * gamma, the mean kept: what Keras' LayerNormalization does with `rms_scaling=True`.
		 * params: `gamma` (optional); attrs: `axes`, `epsilon`
		 */
		forward(b, inputs, params, attrs) {
			const x = asFloat(b, inputAt(inputs, 0));
			const axes = axesOf(attrs, x);
			const y = mul(b, x, inverseDeviation(b, x, attrs));
			return [params.gamma ? mul(b, y, alongAxes(b, params.gamma, x, axes)) : y];
		},
	},
	{
		op: "RMSNormalization",
		kind: "normalise",
		statistics: statistics(inverseRms),
		/** Zhang & Sennrich 2019. params: `scale` (optional); attrs: `axes`, `epsilon` */
		forward(b, inputs, params, attrs) {
			const x = asFloat(b, inputAt(inputs, 0));
			const axes = axesOf(attrs, x);
			const y = mul(b, x, inverseRms(b, x, attrs));
			return [params.scale ? mul(b, y, alongAxes(b, params.scale, x, axes)) : y];
		},
	},
	{
		op: "UnitNormalization",
		kind: "normalise",
		statistics: statistics(inverseNorm),
		/** To the Euclidean norm 1 over `axes`; `floor` is the smallest squared norm that is divided by */
		forward(b, inputs, _params, attrs) {
			const x = asFloat(b, inputAt(inputs, 0));
			return [mul(b, x, inverseNorm(b, x, attrs))];
		},
	},
	{
		op: "GroupNormalization",
		kind: "normalise",
		statistics: statistics(inverseGroupDeviation),
		biasParams: ["beta"],
		/**
		 * Wu & He 2018: by mean and variance of each example over groups of channels and all other axes.
		 * params: `gamma`, `beta` (optional, one entry a channel); attrs: `groups` (-1: one channel each), `axis`, `epsilon`
		 */
		forward(b, inputs, params, attrs) {
			const x = asFloat(b, inputAt(inputs, 0));
			const axis = [numberAttr(attrs, "axis", -1)];
			const { grouped, axes } = groupsOf(b, x, attrs);
			const centred = sub(b, grouped, mean(b, grouped, axes, true));
			let y = reshape(b, mul(b, centred, inverseGroupDeviation(b, x, attrs)), x.shape);
			if (params.gamma) y = mul(b, y, alongAxes(b, params.gamma, x, axis));
			return [params.beta ? add(b, y, alongAxes(b, params.beta, x, axis)) : y];
		},
	},
	{
		op: "GroupAffine",
		kind: "bilinear",
		/** inputs: x [N, C, ...], a factor and a summand for each group [groups]; attrs: `groups` */
		forward(b, inputs, _params, attrs) {
			const x = asFloat(b, inputAt(inputs, 0));
			const groups = numberAttr(attrs, "groups");
			const each = knownExtent(x, 1) / groups;
			const spread = (index: number) =>
				reshape(b, broadcastTo(b, reshape(b, inputAt(inputs, index), [groups, 1]), [groups, each]), [
					groups * each,
					...x.shape.slice(2).map(() => 1),
				]);
			return [add(b, mul(b, x, spread(1)), spread(2))];
		},
	},
];
