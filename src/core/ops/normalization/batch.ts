import type { Builder } from "../../program/builder";
import type { Value } from "../../program/types";
import { add, constant, div, maximum, mul, reshape, rsqrt, sqrt, sub } from "../../program/vocabulary";
import { arrayAttr, flagAttr, numberAttr, numbersAttr } from "../attributes";
import { asFloat, axisOf, inputAt } from "../numbers";
import type { Attrs, OpDefinition } from "../op";
import { paramOf } from "../params";

/**
 * A param with one entry for each position along `axes`, shaped to broadcast against x. As in Keras 2, entries are taken
 * in the order of the axes of x, whatever the order in which the axes were named.
 */
export function alongAxes(b: Builder, param: Value, x: Value, axes: readonly number[]): Value {
	const rank = x.shape.length;
	const kept = new Set(axes.map((axis) => axisOf(axis, rank)));
	if (kept.size === 1 && kept.has(rank - 1)) return param;
	return reshape(
		b,
		param,
		x.shape.map((extent, axis) => (kept.has(axis) ? extent : 1)),
	);
}

function constantAttr(b: Builder, attrs: Attrs, name: string): Value {
	const { data, shape } = arrayAttr(attrs, name);
	return constant(b, data, shape);
}

/** Keras' smallest standard deviation: `keras.config.epsilon()`. */
const SMALLEST_DEVIATION = 1e-7;

export const BATCH_NORMALIZATION: readonly OpDefinition[] = [
	{
		op: "BatchNormalization",
		kind: "linear",
		family: "batch-norm",
		biasParams: ["beta", "moving_mean"],
		/**
		 * (x - mean) / sqrt(variance + epsilon) * gamma + beta with the statistics of training (Ioffe & Szegedy 2015).
		 * params: `moving_mean`, `moving_variance`, `gamma` and `beta` (optional); attrs: `axis`, `epsilon`
		 */
		forward(b, inputs, params, attrs) {
			const x = asFloat(b, inputAt(inputs, 0));
			const axes = [numberAttr(attrs, "axis", -1)];
			const spread = (param: Value) => alongAxes(b, param, x, axes);
			const variance = add(b, paramOf(params, "moving_variance"), numberAttr(attrs, "epsilon", 1e-3));
			let scale = rsqrt(b, variance);
			if (params.gamma) scale = mul(b, scale, params.gamma);
			const y = mul(b, sub(b, x, spread(paramOf(params, "moving_mean"))), spread(scale));
			return [params.beta ? add(b, y, spread(params.beta)) : y];
		},
	},
	{
		op: "Scale",
		kind: "linear",
		/** x * gamma (Touvron et al. 2021, LayerScale, arXiv:2103.17239). params: `gamma`, an entry for each position of the last axis */
		forward(b, inputs, params) {
			return [mul(b, asFloat(b, inputAt(inputs, 0)), paramOf(params, "gamma"))];
		},
	},
	{
		op: "Standardize",
		kind: "linear",
		biasParams: ["mean"],
		/**
		 * (x - mean) / standard deviation, or back again with attr `invert`. `mean` and `variance`, params or attrs, are one
		 * number or have one entry for each position along the attr `axes`.
		 */
		forward(b, inputs, params, attrs) {
			const x = asFloat(b, inputAt(inputs, 0));
			const statistic = (name: string) => {
				const param = params[name] ?? constantAttr(b, attrs, name);
				return param.shape.length === 0 ? param : alongAxes(b, param, x, numbersAttr(attrs, "axes"));
			};
			const mean = statistic("mean");
			const deviation = maximum(b, sqrt(b, statistic("variance")), SMALLEST_DEVIATION);
			return [flagAttr(attrs, "invert") ? add(b, mul(b, x, deviation), mean) : div(b, sub(b, x, mean), deviation)];
		},
	},
];
