import { ATTENTION_COMPOSITES } from "../attention/composites";
import { betaSmooth, type LrpRules, lrpComposite } from "../composites";
import { gradient } from "../gradient";
import { alphaBeta, epsilon, flat, gamma, zBox, zPlus } from "../lrp";
import { epsilonOfScale } from "../lrp-variants";
import type { Composite, CompositeContext, Rule } from "../rule";
import { LRP_RULES, type RuleParameters } from "./rules";

/** Parameters of the named composites, with the names of the tool they are from. Absent: the composite's own default. */
export interface CompositeOptions extends RuleParameters {
	/** Of BetaSmooth (zennit: `beta_smooth`). */
	betaSmooth?: number;
	/** Of ZeroEpsilonGammaBox: depths, from 0 to 1, below which the gamma and the epsilon rule apply. */
	gammaDepth?: number;
	epsilonDepth?: number;
}

/** Rules in place of a composite's; what is absent stays. `first` is for first linear layers of any kind. */
export interface Overrides {
	convolution?: Rule;
	dense?: Rule;
	averagePooling?: Rule;
	first?: Rule;
}

type Preset = (options: CompositeOptions) => LrpRules;

const rule = (name: string, options: RuleParameters) => {
	const description = LRP_RULES[name];
	if (!description) throw new RangeError(`no rule ${name}`);
	return description.make(options);
};

const epsilonPlus: Preset = (o) => ({ convolution: zPlus(o), dense: rule("Epsilon", o) });
const epsilonAlpha2Beta1: Preset = (o) => ({ convolution: alphaBeta(2, 1, o), dense: rule("Epsilon", o) });
const withFlat =
	(preset: Preset): Preset =>
	(o) => ({ ...preset(o), firstLinear: flat(o) });

/** iNNvestigate 2 `LRPSequentialPresetA` and `B`: alpha-beta in convolutions, epsilon 0.1 in dense layers. */
const preset =
	(alpha: number): Preset =>
	(o) => ({ convolution: alphaBeta(alpha, alpha - 1, o), dense: rule("Epsilon", { ...o, epsilon: o.epsilon ?? 0.1 }) });

/**
 * Biases take nothing: the Taylor expansion is about a point where what is explained is 0. Average pooling follows the
 * gradient, as in iNNvestigate.
 */
const deepTaylor: Preset = (o) => {
	const plus = zPlus({ ...o, bias: false });
	return { convolution: plus, dense: plus, averagePooling: gradient };
};

/**
 * LRP-0 in the upper layers, epsilon in the middle, gamma in the lower ones, the box at the pixels. The depths are those
 * of the 16 layers of VGG-16 in the tutorial of Montavon et al. 2019: gamma up to the 7th, epsilon up to the 13th; there
 * epsilon is 0.25 of the scale of the layer's output, and is a plain number here once it is given.
 */
const byDepth: Preset = (o) => {
	const [low, high] = [o.gammaDepth ?? 0.45, o.epsilonDepth ?? 0.85];
	const lower = gamma(o.gamma, o);
	const middle = o.epsilon === undefined ? epsilonOfScale(0.25, o) : rule("Epsilon", o);
	const upper = rule("Z", o);
	return {
		convolution: upper,
		dense: upper,
		firstLinear: zBox(o.low ?? 0, o.high ?? 1, o),
		byDepth: {
			id: `${lower.id}<${low}:${middle.id}<${high}:${upper.id}`,
			rule: ({ depth }: CompositeContext) => (depth < low ? lower : depth < high ? middle : upper),
		},
	};
};

/** Captum 0.9 `LRP`: epsilon 1e-9 in everything that is linear, normalisation, pooling and sums included. */
const captum: Preset = (o) => {
	const everywhere = epsilon(o.epsilon ?? 1e-9, o.bias === undefined ? {} : { bias: o.bias });
	return {
		convolution: everywhere,
		dense: everywhere,
		averagePooling: everywhere,
		batchNorm: everywhere,
		sum: everywhere,
	};
};

const PRESETS: Readonly<Record<string, Preset>> = {
	EpsilonPlus: epsilonPlus,
	EpsilonPlusFlat: withFlat(epsilonPlus),
	EpsilonAlpha2Beta1: epsilonAlpha2Beta1,
	EpsilonAlpha2Beta1Flat: withFlat(epsilonAlpha2Beta1),
	EpsilonGammaBox: (o) => ({
		convolution: gamma(o.gamma, o),
		dense: rule("Epsilon", o),
		firstConvolution: zBox(o.low ?? 0, o.high ?? 1, o),
	}),
	/** Has no rule for activations and batch normalisation: their plain gradient applies. Zhang et al. 2016, Top-down neural attention by excitation backprop. */
	ExcitationBackprop: (o) => {
		const plus = zPlus(o);
		return { convolution: plus, dense: plus, activation: gradient, batchNorm: gradient };
	},
	PresetA: preset(1),
	PresetAFlat: withFlat(preset(1)),
	PresetB: preset(2),
	PresetBFlat: withFlat(preset(2)),
	/** Montavon et al. 2017, Explaining nonlinear classification decisions with deep Taylor decomposition; iNNvestigate `DeepTaylor`. */
	DeepTaylor: deepTaylor,
	/** The same for inputs in a box; iNNvestigate `BoundedDeepTaylor`. */
	BoundedDeepTaylor: (o) => ({ ...deepTaylor(o), firstLinear: zBox(o.low ?? 0, o.high ?? 1, { ...o, bias: false }) }),
	ZeroEpsilonGammaBox: byDepth,
	Captum: captum,
	...ATTENTION_COMPOSITES,
};

/** Composites whose first layer takes a box: low and high have to be known. */
export const BOXED: ReadonlySet<string> = new Set(["EpsilonGammaBox", "BoundedDeepTaylor", "ZeroEpsilonGammaBox"]);

/** zennit's gradient of a softened ReLU: no relevance, and nothing to override. */
const BETA_SMOOTH = "BetaSmooth";

export const COMPOSITE_NAMES: readonly string[] = [...Object.keys(PRESETS), BETA_SMOOTH];

/** @throws RangeError for another name than those of {@link COMPOSITE_NAMES} */
export function namedComposite(name: string, options: CompositeOptions, overrides: Overrides = {}): Composite {
	if (name === BETA_SMOOTH) return betaSmooth(options.betaSmooth);
	const make = PRESETS[name];
	if (!make) throw new RangeError(`no composite ${name}`);
	const { first, ...others } = overrides;
	const { firstLinear, firstConvolution, byDepth, ...rules } = make(options);
	const byPlace = first
		? { firstLinear: first }
		: { ...(firstLinear && { firstLinear }), ...(firstConvolution && { firstConvolution }) };
	const everywhere = others.convolution ?? others.dense;
	return lrpComposite(name, { ...rules, ...(byDepth && !everywhere && { byDepth }), ...byPlace, ...others });
}
