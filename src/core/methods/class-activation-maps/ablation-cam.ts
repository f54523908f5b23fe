import { InvalidRequestError } from "../../../shared/errors";
import type { Tensor } from "../../../shared/tensor";
import { formatPlace } from "../../../shared/unit-parser";
import { takeExamples } from "../examples";
import type { Method } from "../method";
import { flagOf } from "../parameters";
import { byChannel } from "./features/by-channel";
import { arrange, channelElements, type FeatureMaps } from "./features/feature-maps";
import { finishedMap, PICTURE_PARAMETERS, RELU_PARAMETER } from "./features/picture";
import { layerPlace, placeBefore } from "./features/place";
import { sumChannels, weighted } from "./features/weighting";

/** grad-cam 1.5.7 `AblationCAM`. */
export const ablationCam: Method = {
	id: "ablation-cam",
	title: "Ablation-CAM",
	family: "class activation maps",
	answers: "Which feature maps does the unit lose most without?",
	paper:
		"Desai, Ramaswamy 2020, Ablation-CAM: visual explanations for deep convolutional network via gradient-free localization, WACV",
	reference:
		"grad-cam 1.5.7 AblationCAM where the layer's minimum is 0; elsewhere the tool ablates to the minimum - 1e7, here a channel is always set to 0 as in the paper",
	formula: "sum over channels k of (f - f without channel k) / f * A_k",
	needs: { unit: true, input: true, spatial: true },
	at: "last-spatial",
	quantity: "signed",
	promisesCompleteness: false,
	parameters: [
		{
			name: "relative",
			type: "boolean",
			default: true,
			help: "Weights are a share of the unit's value, as in the paper; false: the plain drop, whose sign does not turn where the value is negative. Of a value of 0 the drop is plain.",
		},
		RELU_PARAMETER,
		...PICTURE_PARAMETERS,
	],
	async *run(session, request) {
		const at = await layerPlace(session, request, "Ablation-CAM");
		const layout = placeBefore(session, request, at);
		const name = formatPlace(at);
		if (layout.channelStride === 0)
			throw new InvalidRequestError(`"${name}" has no channels to ablate`, name, "Choose a layer with channels.");
		const [relative, positive] = [flagOf(request, "relative"), flagOf(request, "relu")];
		const [value] = await session.forward(request.inputs, [at], request.signal);
		const whole = await session.unitValue(request.inputs, request.unit, request.signal);
		if (!value) return;
		const features: FeatureMaps = { layout, examples: value.shape[0] ?? 1, activations: arrange(layout, value) };
		const rest = session.cutAt(at, request.inputs, request.unit);
		const given: Record<string, Tensor> = { ...request.inputs, [name]: value };
		const inputs = Object.fromEntries(rest.graph.inputs.map((port) => [port.name, given[port.name] as Tensor]));
		const steps = byChannel(features, rest.batchSize("forward", inputs), (channels) => {
			const copies = takeExamples(
				inputs,
				channels.map(({ example }) => example),
			);
			const { data } = copies[name] as Tensor;
			for (const [copy, { channel }] of channels.entries())
				for (const element of channelElements(layout, channel)) data[copy * layout.size + element] = 0;
			return rest.unitValue(copies, request.unit, request.signal);
		});
		for await (const { values, done } of steps) {
			const map = sumChannels(
				features,
				weighted(features, (row) => {
					const score = whole[Math.floor(row / layout.channels)] as number;
					const drop = score - (values[row] ?? score);
					return relative && score !== 0 ? drop / score : drop;
				}),
			);
			yield {
				maps: [finishedMap(session, request, name, layout, features.examples, map, positive)],
				quantity: positive ? "unsigned" : "signed",
				progress: done / values.length,
				unitValue: whole[0],
				notices: relative ? noticesOf(whole) : [],
			};
		}
	},
};

function noticesOf(scores: ArrayLike<number>): string[] {
	const some = (what: (score: number) => boolean) => Array.from(scores).some(what);
	return [
		...(some((score) => score < 0)
			? [
					"The unit's value is negative: a share of it turns the map's sign, as in the reference tool. relative=false keeps it.",
				]
			: []),
		...(some((score) => score === 0)
			? ["The unit's value is 0, of which there is no share: the plain drop is taken."]
			: []),
	];
}
