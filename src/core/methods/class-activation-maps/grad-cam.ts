import { InvalidRequestError } from "../../../shared/errors";
import type { Tensor } from "../../../shared/tensor";
import type { Place } from "../../../shared/units";
import { gradientComposite } from "../../rules/composites";
import type { LayerInfo, ModelSession } from "../../session/model-session";
import { walk } from "../backward-method";
import type { Method, PreparedRequest } from "../method";
import { flagOf } from "../parameters";

/** Captum 0.9 `LayerGradCam`. */
export const gradCam: Method = {
	id: "grad-cam",
	title: "Grad-CAM",
	family: "class activation maps",
	answers: "Where are the feature maps that raise the unit?",
	paper:
		"Selvaraju, Cogswell, Das, Vedantam, Parikh, Batra 2017, Grad-CAM: visual explanations from deep networks via gradient-based localization, arXiv:1610.02391",
	reference: "Captum 0.9 LayerGradCam: the map has the layer's resolution and keeps its sign",
	formula: "sum over channels k of mean over positions of (d f / d A_k) * A_k",
	needs: { unit: true, input: true, spatial: true },
	at: "last-spatial",
	quantity: "signed",
	promisesCompleteness: false,
	parameters: [
		{
			name: "relu_attributions",
			type: "boolean",
			default: false,
			help: "Negative values become 0, as in the paper (Captum: relu_attributions).",
		},
		{
			name: "attr_dim_summation",
			type: "boolean",
			default: true,
			help: "Channels are summed to one map; false keeps each channel's part (Captum: attr_dim_summation).",
		},
	],
	async *run(session, request) {
		const at = request.at ?? lastSpatialPlace(session, request);
		const [sumChannels, positive] = [flagOf(request, "attr_dim_summation"), flagOf(request, "relu_attributions")];
		const { maps, unitValue } = await walk(session, { ...request, at }, { composite: gradientComposite });
		yield {
			maps: maps.map(({ at: place, tensor, activation, channelAxis }) => ({
				at: place,
				channelAxis,
				tensor: weightedActivations(tensor, activation, channelAxis, sumChannels, positive),
			})),
			quantity: positive ? "unsigned" : "signed",
			progress: 1,
			unitValue: unitValue[0],
		};
	},
};

/** Ops whose output repeats or thins out the map before it. */
const RESHAPING = new Set([
	"Identity",
	"Flatten",
	"Reshape",
	"ReshapeExample",
	"Permute",
	"ZeroPadding",
	"Pad",
	"Cropping",
	"Squeeze",
	"ExpandDims",
]);

/** The last layer before the unit that still has positions, pooling and padding left out: they only thin it out. */
export function lastSpatialPlace(session: ModelSession, request: PreparedRequest): Place {
	const layers = session.layerInfo(request.inputs, request.unit);
	const spatial = layers.filter((layer) => positions(layer) > 1);
	const chosen =
		spatial
			.filter(({ family, op }) => family !== "max-pooling" && family !== "average-pooling" && !RESHAPING.has(op))
			.at(-1) ?? spatial.at(-1);
	if (chosen) return chosen.place;
	throw new InvalidRequestError(
		"no layer before the unit has positions, so Grad-CAM has no map to weight",
		request.unit.unit.place.layer,
		"Use a method that explains elements of the input, such as gradient-x-input.",
	);
}

function positions({ shape, channelAxis }: LayerInfo): number {
	if (channelAxis < 1) return 0;
	return shape.reduce((product, extent, axis) => (axis + 1 === channelAxis ? product : product * extent), 1);
}

/** Activations times the mean gradient of their channel; the channel axis is kept, with extent 1 where it is summed. */
function weightedActivations(
	gradient: Tensor,
	activation: Tensor,
	channelAxis: number,
	sumChannels: boolean,
	positive: boolean,
): Tensor {
	const axis = channelAxis > 0 ? channelAxis : gradient.shape.length;
	const examples = gradient.shape[0] ?? 1;
	const channels = gradient.shape[axis] ?? 1;
	const inner = gradient.shape.slice(axis + 1).reduce((product, extent) => product * extent, 1);
	const outer = gradient.data.length / Math.max(1, examples * channels * inner);
	const at = (example: number, before: number, channel: number, after: number) =>
		((example * outer + before) * channels + channel) * inner + after;
	const parts = new Float32Array(gradient.data.length);
	const sums = new Float64Array(examples * outer * inner);
	for (let example = 0; example < examples; example++) {
		for (let channel = 0; channel < channels; channel++) {
			let total = 0;
			for (let before = 0; before < outer; before++)
				for (let after = 0; after < inner; after++) total += gradient.data[at(example, before, channel, after)] ?? 0;
			const weight = total / (outer * inner);
			for (let before = 0; before < outer; before++) {
				for (let after = 0; after < inner; after++) {
					const index = at(example, before, channel, after);
					const part = weight * (activation.data[index] ?? 0);
					parts[index] = part;
					sums[(example * outer + before) * inner + after] =
						(sums[(example * outer + before) * inner + after] ?? 0) + part;
				}
			}
		}
	}
	const data = sumChannels ? Float32Array.from(sums) : parts;
	const shape = sumChannels ? gradient.shape.map((extent, index) => (index === axis ? 1 : extent)) : gradient.shape;
	return { dtype: "float32", shape, data: positive ? data.map((value) => Math.max(0, value)) : data };
}
