import { InvalidRequestError } from "../../../shared/errors";
import { add, maximum, mean, mul, reshape, rsqrt, square, sub, sum } from "../../program/vocabulary";
import { numberAttr, numbersAttr } from "../attributes";
import { asFloat, axisOf, inputAt, knownExtent } from "../numbers";
import type { OpDefinition } from "../op";
import { alongAxes } from "./batch";
import { moments } from "./statistics";

export const LAYER_NORMALIZATION: readonly OpDefinition[] = [
	{
		op: "LayerNormalization",
		kind: "normalise",
		biasParams: ["beta"],
		/**
		 * Ba, Kiros & Hinton 2016: by mean and variance of each example over `axes`.
		 * params: `gamma`, `beta` (optional, one entry for each position along the axes); attrs: `axes`, `epsilon`
		 */
		forward(b, inputs, params, attrs) {
			const x = asFloat(b, inputAt(inputs, 0));
			const axes = numbersAttr(attrs, "axes", [-1]);
			const { mean: average, variance } = moments(b, x, axes);
			let y = mul(b, sub(b, x, average), rsqrt(b, add(b, variance, numberAttr(attrs, "epsilon", 1e-3))));
			if (params.gamma) y = mul(b, y, alongAxes(b, params.gamma, x, axes));
			return [params.beta ? add(b, y, alongAxes(b, params.beta, x, axes)) : y];
		},
	},
	{
		op: "VarianceScaling",
		kind: "normalise",
		/**
		 * x / sqrt(variance + epsilon) * gamma, the mean kept: what Keras' LayerNormalization does with `rms_scaling=True`.
		 * params: `gamma` (optional); attrs: `axes`, `epsilon`
		 */
		forward(b, inputs, params, attrs) {
			const x = asFloat(b, inputAt(inputs, 0));
			const axes = numbersAttr(attrs, "axes", [-1]);
			const { variance } = moments(b, x, axes);
			const y = mul(b, x, rsqrt(b, add(b, variance, numberAttr(attrs, "epsilon", 1e-3))));
			return [params.gamma ? mul(b, y, alongAxes(b, params.gamma, x, axes)) : y];
		},
	},
	{
		op: "RMSNormalization",
		kind: "normalise",
		/** Zhang & Sennrich 2019. params: `scale` (optional); attrs: `axes`, `epsilon` */
		forward(b, inputs, params, attrs) {
			const x = asFloat(b, inputAt(inputs, 0));
			const axes = numbersAttr(attrs, "axes", [-1]);
			const power = mean(b, square(b, x), axes, true);
			const y = mul(b, x, rsqrt(b, add(b, power, numberAttr(attrs, "epsilon", 1e-7))));
			return [params.scale ? mul(b, y, alongAxes(b, params.scale, x, axes)) : y];
		},
	},
	{
		op: "UnitNormalization",
		kind: "normalise",
		/** To the Euclidean norm 1 over `axes`; `floor` is the smallest squared norm that is divided by */
		forward(b, inputs, _params, attrs) {
			const x = asFloat(b, inputAt(inputs, 0));
			const power = sum(b, square(b, x), numbersAttr(attrs, "axes", [-1]), true);
			return [mul(b, x, rsqrt(b, maximum(b, power, numberAttr(attrs, "floor"))))];
		},
	},
	{
		op: "GroupNormalization",
		kind: "normalise",
		biasParams: ["beta"],
		/**
		 * Wu & He 2018: by mean and variance of each example over groups of channels and all other axes.
		 * params: `gamma`, `beta` (optional, one entry a channel); attrs: `groups` (-1: one channel each), `axis`, `epsilon`
		 */
		forward(b, inputs, params, attrs) {
			const x = asFloat(b, inputAt(inputs, 0));
			const axis = axisOf(numberAttr(attrs, "axis", -1), x.shape.length);
			const channels = knownExtent(x, axis);
			const asked = numberAttr(attrs, "groups", 32);
			const groups = asked === -1 ? channels : asked;
			if (channels % groups !== 0)
				throw new InvalidRequestError(`${channels} channels do not divide into ${groups} groups`);
			const grouped = reshape(b, x, [...x.shape.slice(0, axis), groups, channels / groups, ...x.shape.slice(axis + 1)]);
			const axes = grouped.shape.map((_, i) => i).filter((i) => i !== 0 && i !== axis);
			const { mean: average, variance } = moments(b, grouped, axes);
			const inverse = rsqrt(b, add(b, variance, numberAttr(attrs, "epsilon", 1e-3)));
			let y = reshape(b, mul(b, sub(b, grouped, average), inverse), x.shape);
			if (params.gamma) y = mul(b, y, alongAxes(b, params.gamma, x, [axis]));
			return [params.beta ? add(b, y, alongAxes(b, params.beta, x, [axis])) : y];
		},
	},
];
