import { gradientCam } from "./features/gradient-cam";
import { weightedByChannel } from "./features/weighting";

/** grad-cam 1.5.7 `GradCAMPlusPlus`. */
export const gradCamPlusPlus = gradientCam(
	{
		id: "grad-cam-plus-plus",
		title: "Grad-CAM++",
		answers: "Where are the feature maps that raise the unit, counted for each place where they occur?",
		paper:
			"Chattopadhay, Sarkar, Howlader, Balasubramanian 2018, Grad-CAM++: generalized gradient-based visual explanations for deep convolutional networks, arXiv:1710.11063",
		reference: "grad-cam 1.5.7 GradCAMPlusPlus (eq. 19 of the paper, stabilised with 1e-6)",
		formula:
			"sum over channels k of A_k * sum over positions of relu(g) * g^2 / (2 g^2 + sum(A_k) g^3 + 1e-6), g = d f / d A_k",
	},
	(features) =>
		weightedByChannel(features, (gradients, activations) => {
			let total = 0;
			for (const activation of activations) total += activation;
			let weight = 0;
			for (const gradient of gradients) {
				if (gradient <= 0) continue;
				const square = gradient * gradient;
				weight += (gradient * square) / (2 * square + total * square * gradient + 1e-6);
			}
			return weight;
		}),
);
