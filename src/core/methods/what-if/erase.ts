import type { Tensor } from "../../../shared/tensor";
import { REFERENCE_PARAMETERS, referenceOf } from "../perturbation/fills";
import { perturbedInputs } from "../perturbation/perturbed-inputs";
import { REGION_PARAMETERS, regionsOf } from "./region";
import { whatIf } from "./what-if";

export const erase = whatIf(
	{
		id: "erase",
		title: "Erase",
		answers: "What becomes of the unit, and of the top classes, when a part of the input is not there?",
		paper: "Zeiler, Fergus 2014, Visualizing and understanding convolutional networks, arXiv:1311.2901",
		reference: "one window of Captum 0.9 Occlusion, or one feature of FeatureAblation, with the edited input itself",
		formula: "x' = x outside of the part, the baseline inside",
		usesSeed: true,
		parameters: [...REGION_PARAMETERS, ...REFERENCE_PARAMETERS],
	},
	async function* (session, request) {
		const regions = await regionsOf(session, request);
		const edited: Record<string, Tensor> = {};
		for (const input of perturbedInputs(session, request)) {
			const region = regions.get(input.name);
			if (!region?.includes(1)) continue;
			const { dtype, shape } = input.tensor;
			const data = input.tensor.data.slice();
			const reference = referenceOf(request, input).data;
			for (const [at, inside] of region.entries()) if (inside === 1) data[at] = reference[at] as number;
			edited[input.name] = { dtype, shape, data };
		}
		yield { edited, progress: 1 };
	},
);
