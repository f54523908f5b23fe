import { gradientCam } from "./features/gradient-cam";
import { weightedByChannel } from "./features/weighting";

/** grad-cam 1.5.7 `XGradCAM`. */
export const xGradCam = gradientCam(
	{
		id: "x-grad-cam",
		title: "XGrad-CAM",
		answers: "Where are the feature maps that raise the unit, by gradients where they are active?",
		paper:
			"Fu, Hu, Dong, Guo, Gao, Li 2020, Axiom-based Grad-CAM: towards accurate visualization and explanation of CNNs, arXiv:2008.02312",
		reference: "grad-cam 1.5.7 XGradCAM",
		formula: "sum over channels k of A_k * sum over positions of g A_k / (sum(A_k) + 1e-7), g = d f / d A_k",
	},
	(features) =>
		weightedByChannel(features, (gradients, activations) => {
			let [total, product] = [0, 0];
			for (const [at, activation] of activations.entries()) {
				total += activation;
				product += (gradients[at] as number) * activation;
			}
			return product / (total + 1e-7);
		}),
);
