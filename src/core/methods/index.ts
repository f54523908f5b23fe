import { directLogitAttribution } from "./attention/direct-logit-attribution";
import { logitLens } from "./attention/logit-lens";
import { attentionRollout } from "./attention/rollout";
import { CLASS_ACTIVATION_MAPS } from "./class-activation-maps";
import { blurIg } from "./gradients/blur-ig";
import { conductance, internalInfluence } from "./gradients/conductance";
import { gradientShap } from "./gradients/gradient-shap";
import { gradientXInput } from "./gradients/gradient-x-input";
import { guidedIg } from "./gradients/guided-ig";
import { integratedGradients } from "./gradients/integrated-gradients";
import { neuronConductance } from "./gradients/neuron-conductance";
import { saliency } from "./gradients/saliency";
import { smoothgrad, smoothgradSquared, varGrad } from "./gradients/smoothgrad";
import { xrai } from "./gradients/xrai/xrai";
import { activations } from "./inspection/activations";
import { filters } from "./inspection/filters";
import type { Method } from "./method";
import { excitationBackprop } from "./modified-backward/excitation-backprop";
import { deconvnet, guidedBackprop, rectGrad } from "./modified-backward/modified-backprop";
import { featureAblation } from "./perturbation/features/feature-ablation";
import { featurePermutation } from "./perturbation/features/feature-permutation";
import { kernelShap } from "./perturbation/features/kernel-shap";
import { lime } from "./perturbation/features/lime";
import { shapleySampling, shapleyValues } from "./perturbation/features/shapley";
import { bubbles } from "./perturbation/masks/bubbles";
import { extremalPerturbation, meaningfulPerturbation } from "./perturbation/masks/meaningful-perturbation";
import { rise } from "./perturbation/masks/rise";
import { sobol } from "./perturbation/masks/sobol";
import { occlusion } from "./perturbation/occlusion";
import { occlusionStudy } from "./perturbation/occlusion-study";
import { deepShap } from "./reference-differences/deep-shap";
import { deepLift } from "./reference-differences/deeplift";
import { lrp } from "./relevance/lrp";
import { WHAT_IF } from "./what-if";

/** Every method; one file and one line each. Forms, flags and documentation list them in this order. */
export const METHODS: readonly Method[] = [
	filters,
	activations,
	saliency,
	gradientXInput,
	integratedGradients,
	gradientShap,
	blurIg,
	guidedIg,
	xrai,
	smoothgrad,
	smoothgradSquared,
	varGrad,
	conductance,
	neuronConductance,
	internalInfluence,
	guidedBackprop,
	deconvnet,
	rectGrad,
	excitationBackprop,
	lrp,
	deepLift,
	deepShap,
	...CLASS_ACTIVATION_MAPS,
	occlusion,
	occlusionStudy,
	featureAblation,
	featurePermutation,
	shapleySampling,
	shapleyValues,
	kernelShap,
	lime,
	rise,
	bubbles,
	sobol,
	meaningfulPerturbation,
	extremalPerturbation,
	attentionRollout,
	logitLens,
	directLogitAttribution,
	...WHAT_IF,
];
