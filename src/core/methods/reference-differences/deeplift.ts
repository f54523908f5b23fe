import { refuseOwnMean } from "../../export/steps";
import type { Value } from "../../program/types";
import { mul, sub } from "../../program/vocabulary";
import { BASELINE_PARAMETERS } from "../baselines";
import type { Method } from "../method";
import { flagOf } from "../parameters";
import {
	differenceComposite,
	differenceMap,
	PAPER,
	PARAMETERS,
	promisedSum,
	shared,
	walkDifferences,
} from "./difference-method";
import { referenceInputs } from "./references";

/** Captum 0.9 `DeepLift`, `LayerDeepLift` at a layer, `NeuronDeepLift` for other units than classes. */
export const deepLift: Method = {
	...shared,
	id: "deeplift",
	title: "DeepLIFT",
	answers:
		"How much of the difference between the unit's value on the input and on a reference does each element account for, told by differences instead of slopes?",
	paper: PAPER,
	reference:
		"Captum 0.9 DeepLift (Rescale), with the max-pool rule where Captum loses it (behind a ReLU, and in overlapping windows); deeplift 0.6 for RevealCancel. Complete through softmax, products and normalisations too, where Captum takes the gradient",
	formula: "m = (y - y') / (x - x') at each activation; contribution m * (x - x')",
	parameters: [...PARAMETERS, ...BASELINE_PARAMETERS],
	program(context) {
		const { b, session, request } = context;
		refuseOwnMean("deeplift", request);
		const reference = referenceInputs(session, request);
		const walked = context.walk({ composite: differenceComposite(request), reference });
		if (!flagOf(request, "multiply_by_inputs")) return walked;
		return walked.map(({ value, activation, reference: from, ...map }) => ({
			...map,
			value: mul(b, value, sub(b, activation, from as Value)),
		}));
	},
	async *run(session, request) {
		const references = referenceInputs(session, request);
		const result = await walkDifferences(session, request, request.inputs, references);
		const expectedSum = promisedSum(request, result);
		yield {
			maps: result.maps.map((map) => differenceMap(request, map)),
			progress: 1,
			...(result.unitValue[0] !== undefined && { unitValue: result.unitValue[0] }),
			...(expectedSum && { expectedSum }),
		};
	},
};
