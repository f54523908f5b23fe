import { gradCam } from "./class-activation-maps/grad-cam";
import { gradientXInput } from "./gradients/gradient-x-input";
import { integratedGradients } from "./gradients/integrated-gradients";
import { saliency } from "./gradients/saliency";
import { smoothgrad } from "./gradients/smoothgrad";
import { activations } from "./inspection/activations";
import { filters } from "./inspection/filters";
import type { Method } from "./method";
import { deconvnet, guidedBackprop } from "./modified-backward/modified-backprop";
import { occlusion } from "./perturbation/occlusion";
import { lrp } from "./relevance/lrp";

/** Every method; one file and one line each. Forms, flags and documentation list them in this order. */
export const METHODS: readonly Method[] = [
	filters,
	activations,
	saliency,
	gradientXInput,
	integratedGradients,
	smoothgrad,
	guidedBackprop,
	deconvnet,
	lrp,
	gradCam,
	occlusion,
];
