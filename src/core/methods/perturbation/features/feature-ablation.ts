import { atAnyLayer } from "../../at-layer";
import type { Method } from "../../method";
import { CHANGE, changeOf } from "../change";
import { REFERENCE_PARAMETERS } from "../fills";
import { Coalitions, type Step } from "./coalitions";
import { featureMaps, featureSizes, featuresOf } from "./feature-set";
import { segmentParameters } from "./segments";

/** Captum 0.9 `FeatureAblation`, at a layer `LayerFeatureAblation`, for neurons `NeuronFeatureAblation`. */
export const featureAblation: Method = {
	id: "feature-ablation",
	title: "Feature ablation",
	family: "perturbation",
	answers: "How much does the unit lose when a feature (a segment, an element, a token) is taken away?",
	paper: "Zeiler, Fergus 2014, Visualizing and understanding convolutional networks, arXiv:1311.2901",
	reference:
		"Captum 0.9 FeatureAblation: the whole effect is written to every element of the feature; equal numbers in the masks of several inputs are one feature",
	formula: "f(x) - f(x with the feature at the baseline)",
	needs: { unit: true, input: true },
	at: "input",
	quantity: "signed",
	promisesCompleteness: false,
	usesSeed: true,
	parameters: [...segmentParameters(), ...REFERENCE_PARAMETERS, CHANGE],
	run: atAnyLayer(async function* (session, request) {
		const features = featuresOf(session, request);
		const { count, examples } = features;
		const coalitions = new Coalitions(session, request, features);
		const whole = await session.unitValue(request.inputs, request.unit, request.signal);
		const change = changeOf(request, whole);
		const sizes = featureSizes(features);
		const effects = new Float64Array(count * examples);
		let done = 0;
		for await (const { steps, values } of coalitions.evaluate(allButOne(count))) {
			for (let at = 0; at < values.length; at++) {
				const index = done * examples + at;
				// An example that lacks the feature loses nothing: not even what rounding makes of a larger batch.
				effects[index] = (sizes[index] as number) > 0 ? change(at % examples, values[at] as number) : 0;
			}
			done += steps.length;
			yield { maps: featureMaps(features, effects), progress: done / count, unitValue: whole[0] as number };
		}
	}),
};

function* allButOne(count: number): Generator<Step, void, void> {
	for (let feature = 0; feature < count; feature++) {
		const present = new Uint8Array(count).fill(1);
		present[feature] = 0;
		yield { present };
	}
}
