import { activations } from "./activations";
import { filters } from "./filters";
import { gradCam } from "./grad-cam";
import { gradientXInput } from "./gradient-x-input";
import { integratedGradients } from "./integrated-gradients";
import { lrp } from "./lrp";
import type { Method } from "./method";
import { deconvnet, guidedBackprop } from "./modified-backprop";
import { occlusion } from "./occlusion";
import { saliency } from "./saliency";
import { smoothgrad } from "./smoothgrad";

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
