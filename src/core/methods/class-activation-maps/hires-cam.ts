import { gradientCam } from "./features/gradient-cam";
import { elementwise } from "./features/weighting";

/** grad-cam 1.5.7 `HiResCAM`. */
export const hiresCam = gradientCam(
	{
		id: "hires-cam",
		title: "HiRes-CAM",
		answers: "Which positions of the layer raise the unit, each by its own gradient?",
		paper:
			"Draelos, Carin 2020, Use HiResCAM instead of Grad-CAM for faithful explanations of convolutional neural networks, arXiv:2011.08891",
		reference: "grad-cam 1.5.7 HiResCAM",
		formula: "sum over channels k of (d f / d A_k) * A_k",
	},
	(features) => elementwise(features, (gradient, activation) => gradient * activation),
);
