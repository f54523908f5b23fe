import { gradient } from "../gradient";
import { alphaBeta, type Bound, epsilon, flat, gamma, norm, pass, STABILIZER, wSquare, zBox, zPlus } from "../lrp";
import { captumAlpha1Beta0, captumGamma, epsilonOfScale, signedGamma } from "../lrp-variants";
import type { Rule } from "../rule";

/** Parameters of rules, with zennit's names. */
export interface RuleParameters {
	epsilon?: number;
	gamma?: number;
	alpha?: number;
	beta?: number;
	/** Lowest and highest value that an input can have, for the box rule; one number or one for each channel. */
	low?: Bound;
	high?: Bound;
	/** Axis of channels of the model input, batch included; for boxes with a number for each channel. */
	channelAxis?: number;
	stabilizer?: number;
	/** `false`: biases take no relevance (zennit: `zero_params="bias"`). */
	bias?: boolean;
}

export interface RuleDescription {
	readonly make: (parameters: RuleParameters) => Rule;
	/** Which of the parameters it looks at. */
	readonly parameters: readonly (keyof RuleParameters)[];
	/** Says which part of a linear op's output each input made: means nothing for other ops. */
	readonly linear: boolean;
}

const linear = (make: RuleDescription["make"], ...parameters: (keyof RuleParameters)[]): RuleDescription => ({
	make,
	parameters: [...parameters, "bias"],
	linear: true,
});

/** Every rule by its name: zennit's where it has one, Captum's where the numbers are Captum's alone. */
export const LRP_RULES: Readonly<Record<string, RuleDescription>> = {
	/** LRP-0, the Z rule: epsilon with nothing but a stabiliser. */
	Z: linear((o) => epsilon(o.stabilizer ?? STABILIZER, withoutStabilizer(o)), "stabilizer"),
	Epsilon: linear((o) => epsilon(o.epsilon, withoutStabilizer(o)), "epsilon"),
	EpsilonOfScale: linear((o) => epsilonOfScale(o.epsilon, o), "epsilon", "stabilizer"),
	Gamma: linear((o) => gamma(o.gamma, o), "gamma", "stabilizer"),
	SignedGamma: linear((o) => signedGamma(o.gamma, o), "gamma", "stabilizer"),
	GammaRule: linear((o) => captumGamma(o.gamma, o), "gamma", "stabilizer"),
	ZPlus: linear((o) => zPlus(o), "stabilizer"),
	AlphaBeta: linear((o) => alphaBeta(o.alpha, o.beta, o), "alpha", "beta", "stabilizer"),
	Alpha1_Beta0_Rule: linear((o) => captumAlpha1Beta0(o), "stabilizer"),
	ZBox: linear((o) => zBox(o.low ?? 0, o.high ?? 1, o), "low", "high", "stabilizer"),
	WSquare: linear((o) => wSquare(o), "stabilizer"),
	Flat: linear((o) => flat(o), "stabilizer"),
	Norm: { make: (o) => norm(o.stabilizer), parameters: ["stabilizer"], linear: true },
	Pass: { make: () => pass, parameters: [], linear: false },
	Gradient: { make: () => gradient, parameters: [], linear: false },
};

/** The epsilon rule is stabilised by its epsilon. */
const withoutStabilizer = ({ bias }: RuleParameters) => (bias === undefined ? {} : { bias });
