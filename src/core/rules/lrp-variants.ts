import type { Builder } from "../program/builder";
import type { Value } from "../program/types";
import { add, binary, div, mean, mul, select, sqrt, square } from "../program/vocabulary";
import { asIs, linearRule, type Modifier, perUnit } from "./linear-rule";
import { bias, branch, positive, type RuleOptions, STABILIZER, suffix, whole } from "./lrp";
import type { Rule } from "./rule";

/** Rules that go by the name of another one in another tool or paper, and give other numbers. */

const favour =
	(gamma: number): Modifier =>
	(b, w) =>
		add(b, w, mul(b, positive(b, w), gamma));

/**
 * The gamma rule as it was first written: weights and biases w + gamma w+, whatever the signs of input and output. It
 * conserves only where inputs are not negative; `gamma` of lrp.ts is its generalisation.
 * Montavon et al. 2019, Layer-wise relevance propagation: an overview.
 */
export function signedGamma(value = 0.25, options: RuleOptions = {}): Rule {
	return favouring("signed-gamma", value, favour(value), options);
}

/** Captum 0.9 `GammaRule`: as {@link signedGamma}, but the bias stays as it is. */
export function captumGamma(value = 0.25, options: RuleOptions = {}): Rule {
	return favouring("captum-gamma", value, asIs, options);
}

function favouring(name: string, value: number, ofBias: Modifier, options: RuleOptions): Rule {
	return linearRule({
		id: `${name}(${value}${suffix(options)})`,
		branches: [branch(whole, favour(value), bias(options, ofBias))],
		share: (b, relevance, [z]) => [perUnit(b, relevance, z, options.stabilizer ?? STABILIZER)],
	});
}

/** Captum 0.9 `Alpha1_Beta0_Rule`: positive weights, inputs of either sign, the bias as it is. */
export function captumAlpha1Beta0(options: RuleOptions = {}): Rule {
	return linearRule({
		id: `captum-alpha1-beta0(${suffix(options).slice(1)})`,
		branches: [branch(whole, positive, bias(options, asIs))],
		share: (b, relevance, [z]) => [perUnit(b, relevance, z, options.stabilizer ?? STABILIZER)],
	});
}

/**
 * The epsilon rule with an epsilon in units of the layer's own output: `share` times the root of its mean square over the
 * example. Montavon et al. 2019, section 10.3 and its tutorial (which adds it without regard to the sign).
 */
export function epsilonOfScale(share = 0.25, options: RuleOptions = {}): Rule {
	return linearRule({
		id: `epsilon-of-scale(${share}${suffix(options)})`,
		branches: [branch(whole, asIs, bias(options, asIs))],
		share: (b, relevance, [z]) => [z && div(b, relevance, awayFromZero(b, z, share, options.stabilizer ?? STABILIZER))],
	});
}

/** z + sign(z) * (share * rms(z) + least), sign(0) = +1. */
function awayFromZero(b: Builder, z: Value, share: number, least: number): Value {
	const axes = z.shape.map((_, axis) => axis).slice(1);
	const scale = add(b, mul(b, sqrt(b, mean(b, square(b, z), axes, true)), share), least);
	return add(b, z, mul(b, scale, select(b, binary(b, "greaterEqual", z, 0), 1, -1)));
}
