import { gradientCam } from "./features/gradient-cam";
import { elementwise } from "./features/weighting";

/** grad-cam 1.5.7 `LayerCAM`. */
export const layerCam = gradientCam(
	{
		id: "layer-cam",
		title: "Layer-CAM",
		answers: "Which positions of a layer, also of an early one, raise the unit?",
		paper:
			"Jiang, Zhang, Hou, Cheng, Wei 2021, LayerCAM: exploring hierarchical class activation maps for localization, IEEE TIP 30",
		reference: "grad-cam 1.5.7 LayerCAM: activations keep their sign, also where they are negative",
		formula: "sum over channels k of relu(d f / d A_k) * A_k",
	},
	(features) => elementwise(features, (gradient, activation) => Math.max(0, gradient) * activation),
);
