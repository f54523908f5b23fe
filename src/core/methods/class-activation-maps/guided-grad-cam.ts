import { InvalidRequestError } from "../../../shared/errors";
import { parsePlace } from "../../../shared/unit-parser";
import { type Interpolation, interpolate } from "../../data/numbers/interpolate";
import { guidedBackprop } from "../../rules/composites";
import { walk } from "../backward-method";
import type { Method } from "../method";
import { textOf } from "../parameters";
import { arrange, mapOf } from "./features/feature-maps";
import { featuresOf } from "./features/gradient-cam";
import { inputsLike } from "./features/picture";
import { lastSpatialPlace } from "./features/place";
import { sumChannels } from "./features/weighting";
import { gradCamParts } from "./grad-cam";

/** PyTorch's names for interpolation, with the number of axes that each is for; nearest is for any. */
const MODES: Readonly<Record<string, { how: Interpolation; axes?: number }>> = {
	nearest: { how: "nearest" },
	linear: { how: "linear", axes: 1 },
	bilinear: { how: "linear", axes: 2 },
	bicubic: { how: "cubic", axes: 2 },
	trilinear: { how: "linear", axes: 3 },
};

/** Share of the work until Grad-CAM is known, which is coarse, but tells where already. */
const GRAD_CAM = 0.3;

/** Captum 0.9 `GuidedGradCam`. */
export const guidedGradCam: Method = {
	id: "guided-grad-cam",
	title: "Guided Grad-CAM",
	family: "class activation maps",
	answers: "Which elements raise the unit, of those that Grad-CAM finds the unit in?",
	paper:
		"Selvaraju, Cogswell, Das, Vedantam, Parikh, Batra 2017, Grad-CAM: visual explanations from deep networks via gradient-based localization, arXiv:1610.02391",
	reference: "Captum 0.9 GuidedGradCam: Grad-CAM after ReLU, resized to the input, times guided backpropagation",
	formula: "guided backpropagation * resized relu(Grad-CAM)",
	needs: { unit: true, input: true, spatial: true },
	at: "none",
	quantity: "signed",
	promisesCompleteness: false,
	parameters: [
		{
			name: "layer",
			type: "text",
			default: "auto",
			placeholder: "auto, or a layer",
			help: "Where Grad-CAM is taken; auto: the last layer before the unit that has positions (Captum: layer).",
		},
		{
			name: "interpolate_mode",
			type: "choice",
			default: "nearest",
			choices: Object.keys(MODES),
			help: "How Grad-CAM is resized to the input; the paper's is bilinear (Captum: interpolate_mode).",
		},
	],
	async *run(session, request) {
		const written = textOf(request, "layer").trim();
		const at = written === "auto" ? await lastSpatialPlace(session, request) : parsePlace(written);
		const name = textOf(request, "interpolate_mode");
		const mode = MODES[name] as (typeof MODES)[string];
		const { features, unitValue } = await featuresOf(session, { ...request, at });
		const [cam] = features;
		if (!cam) return;
		const axes = cam.layout.extents.length;
		if (mode.axes !== undefined && mode.axes !== axes)
			throw new InvalidRequestError(
				`the interpolation ${name} is for ${mode.axes} axes of positions, but "${cam.at}" has ${axes}`,
				"interpolate_mode",
				`Take nearest, or ${["linear", "bilinear", "trilinear"][axes - 1] ?? "another layer"}.`,
			);
		const values = sumChannels(cam, gradCamParts(cam)).map((value) => Math.max(0, value));
		yield {
			maps: [mapOf(cam.at, cam.layout, cam.examples, values)],
			quantity: "unsigned",
			progress: GRAD_CAM,
			unitValue,
		};
		const guided = await walk(session, { ...request, at: "input" }, { composite: guidedBackprop });
		const fitting = inputsLike(session, { ...request, at }, cam.layout);
		yield {
			maps: guided.maps.flatMap((map) => {
				const input = fitting.find((candidate) => candidate.name === map.at);
				if (!input) return [];
				const { layout } = input;
				const resized = interpolate(values, cam.layout.extents, layout.extents, mode.how);
				const product = Float64Array.from(arrange(layout, map.tensor), (value, index) => {
					const row = Math.floor(index / layout.positions);
					const example = Math.floor(row / layout.channels);
					return value * (resized[example * layout.positions + (index % layout.positions)] as number);
				});
				return [mapOf(map.at, layout, cam.examples, product)];
			}),
			progress: 1,
			unitValue,
		};
	},
};
