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

/**
 * [height, width, in, out]; kernels with a depth keep it in front, those without height or width get the extent 1. Of
 * transposed convolutions, whose kernels have out before in, the two are exchanged.
 */
function asKernels(weights: Tensor, { layout }: NonNullable<GraphLayer["filters"]>): Tensor {
	const { dtype, shape, data } = layout.endsWith("OI") ? exchangeLast(weights) : weights;
	const missing = layout === "IO" ? [1, 1] : layout.startsWith("W") ? [1] : [];
	return { dtype, shape: [...missing, ...shape], data };
}

/** Exchanges the last two axes. */
function exchangeLast({ dtype, shape, data }: Tensor): Tensor {
	const [rows, columns] = shape.slice(-2) as [number, number];
	const turned = data.slice();
	for (let from = 0; from < data.length; from += rows * columns) {
		for (let row = 0; row < rows; row++)
			for (let column = 0; column < columns; column++)
				turned[from + column * rows + row] = data[from + row * columns + column] as number;
	}
	return { dtype, shape: [...shape.slice(0, -2), columns, rows], data: turned };
}
