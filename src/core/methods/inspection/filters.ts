import { InvalidRequestError } from "../../../shared/errors";
import type { Tensor } from "../../../shared/tensor";
import { formatPlace } from "../../../shared/unit-parser";
import type { GraphLayer } from "../../graph/types";
import { resolvePlace } from "../../units/place";
import type { Method } from "../method";

/** Kernels as the layer holds them. */
export const filters: Method = {
	id: "filters",
	title: "Filters",
	family: "inspection",
	answers: "Which patterns do the kernels of the layer look for?",
	paper: "Krizhevsky, Sutskever, Hinton 2012, ImageNet classification with deep convolutional neural networks",
	reference: "The weights themselves, as [height, width, in, out]",
	needs: { unit: false, input: false },
	at: "required",
	quantity: "weight",
	promisesCompleteness: false,
	parameters: [
		{
			name: "scale",
			type: "choice",
			default: "shared",
			choices: ["shared", "each"],
			help: "For display: one scale for all kernels of the layer, so that strong and weak ones can be told apart, or each its own.",
		},
	],
	async *run(session, request) {
		if (request.at === undefined || request.at === "input") return;
		const { layer } = resolvePlace(session.graph, request.at);
		if (!layer.filters) {
			const others = session.graph.layers.filter((other) => other.filters).map((other) => other.name);
			const hint =
				others.length > 0
					? `Layers with kernels: ${others.slice(0, 8).join(", ")}${others.length > 8 ? ", ..." : ""}.`
					: "The model has no layer with kernels.";
			throw new InvalidRequestError(
				`the layer "${layer.name}" (${layer.type}) has no kernels to show`,
				layer.where,
				hint,
			);
		}
		const weights = await session.weights.read(layer.filters.weight);
		yield {
			maps: [{ at: formatPlace({ layer: layer.name }), tensor: asKernels(weights, layer.filters), channelAxis: -1 }],
			progress: 1,
		};
	},
};

/** [height, width, in, out]; kernels with a depth keep it in front, those without height or width get the extent 1. */
function asKernels(weights: Tensor, { layout }: NonNullable<GraphLayer["filters"]>): Tensor {
	const missing = layout === "WIO" ? [1] : layout === "IO" ? [1, 1] : [];
	return { dtype: weights.dtype, shape: [...missing, ...weights.shape], data: weights.data };
}
