import type { MethodCall } from "../../support/attributions";
import { type Calls, type Params, placeOf } from "./call";

/** A class activation map of pytorch-grad-cam, by the name that it has here. */
const cam =
	(method: string) =>
	({ layer }: Params): MethodCall => ({ method, parameters: {}, at: placeOf(layer) });

export const classActivationMaps: Calls = {
	LayerGradCam: ({ layer, relu_attributions, attr_dim_summation }) => ({
		method: "grad-cam",
		parameters: { relu_attributions: relu_attributions === true, attr_dim_summation: attr_dim_summation !== false },
		at: placeOf(layer),
	}),
	GradCAM: ({ layer, stage }) => ({
		method: "grad-cam",
		// The tool's picture: ReLU, min-max, OpenCV's bilinear resizing to the input, min-max again.
		parameters: {
			...(/^final/.test(String(stage)) && { relu_attributions: true, normalize: "min-max", upsample: "linear" }),
		},
		at: placeOf(layer),
	}),
	GradCAMPlusPlus: cam("grad-cam-plus-plus"),
	ScoreCAM: cam("score-cam"),
	XGradCAM: cam("x-grad-cam"),
	EigenCAM: cam("eigen-cam"),
	EigenGradCAM: cam("eigen-grad-cam"),
	AblationCAM: cam("ablation-cam"),
	LayerCAM: cam("layer-cam"),
	HiResCAM: cam("hires-cam"),
};
