import type { Tensor } from "../../../shared/tensor";
import { formatPlace } from "../../../shared/unit-parser";
import { interpolate } from "../../data/numbers/interpolate";
import { takeExamples } from "../examples";
import type { Method } from "../method";
import { flagOf } from "../parameters";
import { byChannel } from "./features/by-channel";
import { arrange, type FeatureLayout, type FeatureMaps } from "./features/feature-maps";
import { finishedMap, inputsLike, PICTURE_PARAMETERS, RELU_PARAMETER } from "./features/picture";
import { layerPlace, placeBefore } from "./features/place";
import { sumChannels, weighted } from "./features/weighting";

/** grad-cam 1.5.7 `ScoreCAM`. */
export const scoreCam: Method = {
	id: "score-cam",
	title: "Score-CAM",
	family: "class activation maps",
	answers: "Which feature maps keep the unit high when the input is seen through them alone?",
	paper:
		"Wang, Wang, Du, Yang, Zhang, Ding, Mardziel, Hu 2020, Score-CAM: score-weighted visual explanations for convolutional neural networks, arXiv:1910.01279",
	reference:
		"grad-cam 1.5.7 ScoreCAM: activations are resized with aligned corners and brought to 0..1 (+ 1e-8); the softmax is taken over the units' values themselves, the value of an empty input is not subtracted",
	formula: "sum over channels k of softmax over k of f(x * resized A_k in 0..1) * A_k",
	needs: { unit: true, input: true, spatial: true },
	at: "last-spatial",
	quantity: "signed",
	promisesCompleteness: false,
	parameters: [RELU_PARAMETER, ...PICTURE_PARAMETERS],
	async *run(session, request) {
		const at = await layerPlace(session, request, "Score-CAM");
		const layout = placeBefore(session, request, at);
		const masked = inputsLike(session, request, layout);
		const [value] = await session.forward(request.inputs, [at], request.signal);
		if (!value) return;
		const features: FeatureMaps = { layout, examples: value.shape[0] ?? 1, activations: arrange(layout, value) };
		const positive = flagOf(request, "relu");
		const atOnce = session.batchSize("forward", request.inputs);
		const steps = byChannel(features, atOnce, (channels) => {
			const inputs = takeExamples(
				request.inputs,
				channels.map(({ example }) => example),
			);
			for (const [copy, { example, channel }] of channels.entries()) {
				const from = (example * layout.channels + channel) * layout.positions;
				const plane = features.activations.subarray(from, from + layout.positions);
				for (const input of masked)
					multiply(inputs[input.name] as Tensor, copy, input.layout, maskOf(plane, layout, input.layout));
			}
			return session.unitValue(inputs, request.unit, request.signal);
		});
		for await (const { values, done } of steps) {
			const weights = softmaxByExample(values, layout.channels);
			const map = sumChannels(
				features,
				weighted(features, (row) => weights[row] ?? 0),
			);
			yield {
				maps: [finishedMap(session, request, formatPlace(at), layout, features.examples, map, positive)],
				quantity: positive ? "unsigned" : "signed",
				progress: done / values.length,
			};
		}
	},
};

/** A channel as a mask of the input: its size, and 0 to 1. */
function maskOf(plane: Float32Array, from: FeatureLayout, to: FeatureLayout): Float64Array {
	const resized = interpolate(plane, from.extents, to.extents, "linear-corners");
	let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
	for (const value of resized) [low, high] = [Math.min(low, value), Math.max(high, value)];
	return resized.map((value) => (value - low) / (high - low + 1e-8));
}

/** Multiplies all channels of one example of an input with a mask of its positions. */
function multiply({ data }: Tensor, example: number, layout: FeatureLayout, mask: Float64Array): void {
	for (let channel = 0; channel < layout.channels; channel++) {
		const base = example * layout.size + channel * layout.channelStride;
		for (const [position, element] of layout.elements.entries())
			data[base + element] = (data[base + element] as number) * (mask[position] as number);
	}
}

/** Over the channels of each example that are known; the others weigh nothing yet. */
function softmaxByExample(values: readonly (number | undefined)[], channels: number): number[] {
	const weights: number[] = [];
	for (let from = 0; from < values.length; from += channels) {
		const own = values.slice(from, from + channels);
		const highest = own.reduce<number>((most, value) => Math.max(most, value ?? most), Number.NEGATIVE_INFINITY);
		const powers = own.map((value) => (value === undefined ? 0 : Math.exp(value - highest)));
		const sum = powers.reduce((total, power) => total + power, 0);
		for (const power of powers) weights.push(sum > 0 ? power / sum : 0);
	}
	return weights;
}
