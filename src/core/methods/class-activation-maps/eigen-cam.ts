import { formatPlace } from "../../../shared/unit-parser";
import type { Method } from "../method";
import { flagOf } from "../parameters";
import { arrange, featureLayout } from "./features/feature-maps";
import { featuresOf, projected } from "./features/gradient-cam";
import { finishedMap, PICTURE_PARAMETERS, RELU_PARAMETER } from "./features/picture";
import { layerPlace } from "./features/place";
import { elementwise } from "./features/weighting";

const shared = {
	family: "class activation maps",
	at: "last-spatial",
	quantity: "signed",
	promisesCompleteness: false,
	parameters: [RELU_PARAMETER, ...PICTURE_PARAMETERS],
} as const;

const SIGN = "the sign of a component is arbitrary: here the largest magnitude is positive";

/** grad-cam 1.5.7 `EigenCAM`. */
export const eigenCam: Method = {
	...shared,
	id: "eigen-cam",
	title: "Eigen-CAM",
	answers: "Where does the layer vary most, whatever the class?",
	paper: "Muhammad, Yeasin 2020, Eigen-CAM: class activation map using principal components, arXiv:2008.00299",
	reference: `grad-cam 1.5.7 EigenCAM; ${SIGN}`,
	formula: "A' v_1, A' the activations [positions, channels] centred by channel, v_1 their first right singular vector",
	needs: { unit: false, input: true, spatial: true },
	async *run(session, request) {
		const placed = request.at ? request : { ...request, unit: await session.topUnit(request.inputs) };
		const at = await layerPlace(session, placed, "Eigen-CAM");
		const layout = featureLayout(session.layout(at, request.inputs));
		const [value] = await session.forward(request.inputs, [at], request.signal);
		if (!value) return;
		const [examples, positive] = [value.shape[0] ?? 1, flagOf(request, "relu")];
		const values = projected(layout, arrange(layout, value));
		yield {
			maps: [finishedMap(session, request, formatPlace(at), layout, examples, values, positive)],
			quantity: positive ? "unsigned" : "signed",
			progress: 1,
		};
	},
};

/** grad-cam 1.5.7 `EigenGradCAM`. */
export const eigenGradCam: Method = {
	...shared,
	id: "eigen-grad-cam",
	title: "Eigen-Grad-CAM",
	answers: "Where does what the layer tells the unit vary most?",
	paper: "Muhammad, Yeasin 2020, Eigen-CAM: class activation map using principal components, arXiv:2008.00299",
	reference: `grad-cam 1.5.7 EigenGradCAM (activations times gradients); ${SIGN}`,
	formula: "B' v_1, B' = A * d f / d A [positions, channels] centred by channel, v_1 its first right singular vector",
	needs: { unit: true, input: true, spatial: true },
	async *run(session, request) {
		const { features, unitValue } = await featuresOf(session, request);
		const positive = flagOf(request, "relu");
		yield {
			maps: features.map((at) => {
				const parts = elementwise(at, (gradient, activation) => gradient * activation);
				const values = projected(at.layout, parts);
				return finishedMap(session, request, at.at, at.layout, at.examples, values, positive);
			}),
			quantity: positive ? "unsigned" : "signed",
			progress: 1,
			unitValue,
		};
	},
};
