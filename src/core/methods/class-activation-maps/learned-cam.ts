import { InvalidRequestError } from "../../../shared/errors";
import { formatPlace } from "../../../shared/unit-parser";
import type { Place } from "../../../shared/units";
import type { DataSet } from "../../data/data-set";
import type { ModelSession } from "../../session/model-session";
import { didYouMean } from "../../units/nearest";
import { DATASET_PARAMETER, dataSetOf } from "../data-sets";
import type { Method, PreparedRequest } from "../method";
import { flagOf, numberOf, textOf } from "../parameters";
import { arrange, type FeatureLayout, featureLayout } from "./features/feature-maps";
import { fitLogisticRegression, type LinearClassifier } from "./features/logistic-regression";
import { finishedMap, PICTURE_PARAMETERS, RELU_PARAMETER } from "./features/picture";
import { layerPlace } from "./features/place";
import { sumChannels, weighted } from "./features/weighting";

/** A class activation map of any layer: the classifier is learned from labelled examples. */
export const learnedCam: Method = {
	id: "learned-cam",
	title: "Learned CAM",
	family: "class activation maps",
	answers: "Where are the feature maps of a layer that tell the classes of a data set apart?",
	paper:
		"Zhou, Khosla, Lapedriza, Oliva, Torralba 2016, Learning deep features for discriminative localization, arXiv:1512.04150",
	reference:
		"the paper's CAM with generic features: scikit-learn 1.9 LogisticRegression(C=C) on the maps of a layer, averaged over positions, at its minimum",
	formula:
		"sum over channels k of w_k * A_k, w the weights of a logistic regression on the means of A_k over positions",
	needs: { unit: false, input: true, spatial: true, dataset: true },
	at: "last-spatial",
	quantity: "signed",
	promisesCompleteness: false,
	parameters: [
		DATASET_PARAMETER,
		{
			name: "class",
			type: "text",
			default: "",
			placeholder: "a class of the data set",
			help: "The class that is mapped, by its name in the data set; empty: for each example the one that the regression takes it for.",
		},
		{
			name: "C",
			type: "number",
			default: 1,
			min: 1e-9,
			max: 1e9,
			help: "How much the examples count against small weights (scikit-learn: C).",
		},
		{
			name: "max_iter",
			type: "integer",
			default: 1000,
			min: 1,
			max: 100_000,
			help: "Most steps of the solver (scikit-learn: max_iter, default 100).",
		},
		RELU_PARAMETER,
		...PICTURE_PARAMETERS,
	],
	async *run(session, request) {
		const set = await dataSetOf(session, request);
		const asked = classAsked(request, set);
		const placed = request.at ? request : { ...request, unit: await session.topUnit(request.inputs) };
		const at = await layerPlace(session, placed, "Learned CAM");
		const layout = featureLayout(session.layout(at, request.inputs));
		const [value] = await session.forward(request.inputs, [at], request.signal);
		if (!value) return;
		const examples = value.shape[0] ?? 1;
		const activations = arrange(layout, value);
		const pooled = await pooledSet(session, request, set, at, layout);
		const fitted = fitLogisticRegression(
			pooled,
			set.labels,
			set.classes.length,
			numberOf(request, "C"),
			numberOf(request, "max_iter"),
		);
		const own = means(activations, layout.positions);
		const { channels } = layout;
		const chosen = Array.from({ length: examples }, (_, example) =>
			asked >= 0 ? asked : predicted(fitted, own.subarray(example * channels, (example + 1) * channels)),
		);
		const features = { layout, examples, activations };
		const parts = weighted(features, (row) => {
			const weights = fitted.weights[chosen[Math.floor(row / channels)] as number] as Float64Array;
			return weights[row % channels] as number;
		});
		const positive = flagOf(request, "relu");
		yield {
			maps: [finishedMap(session, request, formatPlace(at), layout, examples, sumChannels(features, parts), positive)],
			quantity: positive ? "unsigned" : "signed",
			progress: 1,
			notices: [told(set, fitted, pooled, chosen)],
		};
	},
};

/** Index of the class that a request names; -1 when it names none. @throws InvalidRequestError for an unknown one */
function classAsked(request: PreparedRequest, { classes }: DataSet): number {
	const name = textOf(request, "class").trim();
	const index = classes.indexOf(name);
	if (name === "" || index >= 0) return index;
	throw new InvalidRequestError(
		`the data set has no class "${name}"`,
		"class",
		didYouMean(
			name,
			classes,
			`Its classes are ${classes.slice(0, 20).join(", ")}${classes.length > 20 ? ", ..." : ""}.`,
		),
	);
}

/** Means over positions of every example of the set: `[examples, channels]`. */
async function pooledSet(
	session: ModelSession,
	request: PreparedRequest,
	set: DataSet,
	at: Place,
	layout: FeatureLayout,
): Promise<Float64Array> {
	const pooled = new Float64Array(set.count * layout.channels);
	const atOnce = session.batchSize("forward", request.inputs);
	for (let from = 0; from < set.count; from += atOnce) {
		const inputs = await set.batch(from, Math.min(set.count, from + atOnce));
		const [value] = await session.forward(inputs, [at], request.signal);
		if (!value) throw new RangeError(`the layer ${formatPlace(at)} has no value`);
		// Pictures of another size have other positions, but the same channels.
		const own = featureLayout(session.layout(at, inputs));
		pooled.set(means(arrange(own, value), own.positions), from * layout.channels);
	}
	return pooled;
}

function means(values: Float32Array, positions: number): Float64Array {
	return Float64Array.from({ length: values.length / positions }, (_, row) => {
		let sum = 0;
		for (let at = row * positions; at < (row + 1) * positions; at++) sum += values[at] as number;
		return sum / positions;
	});
}

function predicted({ weights, intercepts }: LinearClassifier, features: Float64Array): number {
	const scores = weights.map((row, index) =>
		row.reduce((sum, weight, at) => sum + weight * (features[at] as number), intercepts[index] as number),
	);
	return scores.indexOf(Math.max(...scores));
}

function told(set: DataSet, fitted: LinearClassifier, pooled: Float64Array, chosen: readonly number[]): string {
	const width = pooled.length / set.count;
	let right = 0;
	for (const [example, label] of set.labels.entries())
		if (predicted(fitted, pooled.subarray(example * width, (example + 1) * width)) === label) right++;
	const names = [...new Set(chosen)].map((index) => set.classes[index]).join(", ");
	return `Learned from ${set.count} examples of ${set.classes.length} classes, ${((100 * right) / set.count).toFixed(1)} % of which the regression tells right; mapped: ${names}.`;
}
