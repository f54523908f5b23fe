import { formatPlace } from "../../../src/shared/unit-parser";
import { placeOfLayer } from "../layers";
import type { Calls } from "./call";

export const classActivationMaps: Calls = {
	LayerGradCam: ({ params }) => ({
		method: "grad-cam",
		parameters: {
			relu_attributions: params.relu_attributions === true,
			attr_dim_summation: params.attr_dim_summation !== false,
		},
	}),
	// The layer is where Grad-CAM is taken; the map lies at the input.
	GuidedGradCam: (entry) => ({
		method: "guided-grad-cam",
		parameters: {
			layer: formatPlace(placeOfLayer(entry)),
			...(entry.params.interpolate_mode !== undefined && { interpolate_mode: String(entry.params.interpolate_mode) }),
		},
		at: "input",
	}),
};
