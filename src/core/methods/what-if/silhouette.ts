import type { Tensor } from "../../../shared/tensor";
import { type ExplainedInput, explainedInputs } from "../examples";
import { elementBounds } from "../input-box";
import { spatialAxes } from "../perturbation/perturbed-inputs";
import { objectsOf } from "./object";
import { REGION_PARAMETERS } from "./region";
import { whatIf } from "./what-if";

export const silhouette = whatIf(
	{
		id: "silhouette",
		title: "Silhouette",
		answers: "Does the outline of the object alone make the unit what it is?",
		paper:
			"Geirhos, Rubisch, Michaelis, Bethge, Wichmann, Brendel 2019, ImageNet-trained CNNs are biased towards texture, arXiv:1811.12231",
		reference:
			"the paper's silhouettes, black on white. Without a part that is given the object is what is unlike the border: by Otsu's threshold of the distance from its mean colour",
		formula: "x' = one value inside of the object, another outside",
		spatial: true,
		parameters: [
			...REGION_PARAMETERS,
			{
				name: "object",
				type: "text",
				default: "auto",
				placeholder: "auto, a number, or one for each channel",
				help: "Value inside of the object; auto: black, or the input's smallest value where its preprocessing is not known.",
			},
			{
				name: "ground",
				type: "text",
				default: "auto",
				placeholder: "auto, a number, or one for each channel",
				help: "Value outside of it; auto: white, or the input's largest value.",
			},
		],
	},
	async function* (session, request) {
		const objects = await objectsOf(session, request);
		const notices: string[] = [];
		const edited: Record<string, Tensor> = {};
		for (const input of explainedInputs(session, request)) {
			const region = objects.get(input.name);
			if (!region || spatialAxes(input).length === 0) continue;
			const inside = filling(input, "object", "low");
			const outside = filling(input, "ground", "high");
			const data = Float32Array.from(region, (isObject, at) => (isObject === 1 ? inside(at) : outside(at)));
			edited[input.name] = { dtype: "float32", shape: input.tensor.shape, data };
		}
		yield { edited, progress: 1, notices };

		function filling(input: ExplainedInput, name: string, side: "low" | "high") {
			return elementBounds(request, name, side, input, notices);
		}
	},
);
