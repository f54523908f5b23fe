import type { Method } from "../method";
import { flagOf } from "../parameters";
import type { FeaturesAndGradients } from "./features/feature-maps";
import { featuresOf } from "./features/gradient-cam";
import { finishedMap, PICTURE_PARAMETERS } from "./features/picture";
import { sumChannels, weightedByChannel } from "./features/weighting";

/** Captum 0.9 `LayerGradCam`. */
export const gradCam: Method = {
	id: "grad-cam",
	title: "Grad-CAM",
	family: "class activation maps",
	answers: "Where are the feature maps that raise the unit?",
	paper:
		"Selvaraju, Cogswell, Das, Vedantam, Parikh, Batra 2017, Grad-CAM: visual explanations from deep networks via gradient-based localization, arXiv:1610.02391",
	reference: "Captum 0.9 LayerGradCam: the map has the layer's resolution and keeps its sign",
	formula: "sum over channels k of mean over positions of (d f / d A_k) * A_k",
	needs: { unit: true, input: true, spatial: true },
	at: "last-spatial",
	quantity: "signed",
	promisesCompleteness: false,
	parameters: [
		{
			name: "relu_attributions",
			type: "boolean",
			default: false,
			help: "Negative values become 0, as in the paper (Captum: relu_attributions).",
		},
		{
			name: "attr_dim_summation",
			type: "boolean",
			default: true,
			help: "Channels are summed to one map; false keeps each channel's part (Captum: attr_dim_summation).",
		},
		...PICTURE_PARAMETERS,
	],
	async *run(session, request) {
		const { features, unitValue } = await featuresOf(session, request);
		const [sum, positive] = [flagOf(request, "attr_dim_summation"), flagOf(request, "relu_attributions")];
		yield {
			maps: features.map((at) => {
				const parts = gradCamParts(at);
				const values = sum ? sumChannels(at, parts) : parts;
				return finishedMap(session, request, at.at, at.layout, at.examples, values, positive);
			}),
			quantity: positive ? "unsigned" : "signed",
			progress: 1,
			unitValue,
		};
	},
};

/** Activations times the mean gradient of their channel. */
export function gradCamParts(features: FeaturesAndGradients): Float64Array {
	return weightedByChannel(features, (gradients) => {
		let sum = 0;
		for (const gradient of gradients) sum += gradient;
		return sum / gradients.length;
	});
}
