import type { ParameterDescription } from "../../../shared/methods";
import { COMPOSITE_NAMES } from "../../rules/lrp-composites/named";
import { LRP_RULES } from "../../rules/lrp-composites/rules";

const ruleChoice = (name: string, which: string): ParameterDescription => ({
	name,
	type: "choice",
	default: "composite",
	choices: ["composite", ...Object.keys(LRP_RULES)],
	help: `The rule of ${which}; "composite" leaves it to the composite.`,
});

export const LRP_PARAMETERS: readonly ParameterDescription[] = [
	{
		name: "composite",
		type: "choice",
		default: "EpsilonPlusFlat",
		choices: COMPOSITE_NAMES,
		other: "JSON of one's own",
		help: "Which rule applies to which layers, by the names of zennit (Epsilon..., ExcitationBackprop, BetaSmooth), iNNvestigate (Preset..., DeepTaylor), Captum and lxt (AttnLRP, CP-LRP, for transformers). A composite of one's own is JSON that maps layers to rules (docs/composites.md).",
	},
	ruleChoice("convolution", "convolutions"),
	ruleChoice("dense", "dense layers"),
	ruleChoice("average_pooling", "average pooling (in zennit's composites Norm)"),
	ruleChoice("first", "the first linear layers, those that an input reaches first"),
	{
		name: "epsilon",
		type: "text",
		default: "auto",
		placeholder: "auto, or a number",
		help: "Of the Epsilon rule: relevance that is absorbed, in the units of the layer's output. auto: 1e-6 as in zennit, 0.1 in iNNvestigate's presets, 1e-9 in Captum, 1e-10 in AttnLRP and CP-LRP; in ZeroEpsilonGammaBox a quarter of the scale of each layer's output.",
	},
	{
		name: "gamma",
		type: "number",
		default: 0.25,
		min: 0,
		help: "Of the Gamma rules: how much contributions that agree with the output (Gamma), or positive weights (SignedGamma, Captum's GammaRule), are favoured.",
	},
	{
		name: "alpha",
		type: "number",
		default: 2,
		min: 0,
		help: "Of the AlphaBeta rule: weight of positive contributions; alpha - beta is 1.",
	},
	{
		name: "beta",
		type: "number",
		default: 1,
		min: 0,
		help: "Of the AlphaBeta rule: weight of negative contributions.",
	},
	{
		name: "low",
		type: "text",
		default: "auto",
		placeholder: "auto, or a number",
		help: "Of the ZBox rule: the lowest value an input can have, one number or one for each channel (a,b,c). auto: from the preprocessing, else the smallest of this input.",
	},
	{
		name: "high",
		type: "text",
		default: "auto",
		placeholder: "auto, or a number",
		help: "Of the ZBox rule: the highest value an input can have; as low.",
	},
	{
		name: "stabilizer",
		type: "number",
		default: 1e-6,
		min: 0,
		help: "Keeps the denominators of rules other than Epsilon away from 0 (zennit 1e-6, iNNvestigate 1e-7, Captum 1e-9).",
	},
	{
		name: "bias",
		type: "boolean",
		default: true,
		help: 'Biases take relevance; false leaves them out of linear layers (zennit: zero_params="bias", Captum: set_bias_to_zero). WSquare squares them with the weights.',
	},
	{
		name: "gamma_depth",
		type: "number",
		default: 0.45,
		min: 0,
		max: 1,
		help: "Of ZeroEpsilonGammaBox: the gamma rule applies below this depth; 0 is the first linear layer, 1 the last.",
	},
	{
		name: "epsilon_depth",
		type: "number",
		default: 0.85,
		min: 0,
		max: 1,
		help: "Of ZeroEpsilonGammaBox: the epsilon rule applies from gamma_depth to this depth, LRP-0 above it.",
	},
	{
		name: "beta_smooth",
		type: "number",
		default: 10,
		min: 0,
		help: "Of BetaSmooth: how sharp the softplus is whose gradient stands for that of ReLU.",
	},
	{
		name: "canonise",
		type: "choice",
		default: "fold-batch-norm",
		choices: ["fold-batch-norm", "none"],
		help: "Batch normalisation is folded into the linear layer before it (zennit: SequentialMergeBatchNorm), or kept, where it passes relevance on unchanged.",
	},
	{
		name: "start",
		type: "choice",
		default: "value",
		choices: ["value", "one"],
		help: "Relevance that starts at the unit: its value, or 1.",
	},
];
