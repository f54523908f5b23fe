import { formatPlace } from "../../../shared/unit-parser";
import { resolvePlace } from "../../units/place";
import type { Method } from "../method";

/** Captum 0.9 `LayerActivation`. */
export const activations: Method = {
	id: "activations",
	title: "Activations",
	family: "inspection",
	answers: "What does each channel of the layer make of the input?",
	paper:
		"Yosinski, Clune, Nguyen, Fuchs, Lipson 2015, Understanding neural networks through deep visualization, arXiv:1506.06579",
	reference: "Captum 0.9 LayerActivation; `layer^pre` is the value before the layer's activation",
	needs: { unit: false, input: true },
	at: "required",
	quantity: "activation",
	promisesCompleteness: false,
	parameters: [],
	program(context) {
		const { at } = context.request;
		if (at === undefined || at === "input") return [];
		const { layer } = resolvePlace(context.session.graph, at);
		const [value] = context.forward([at]);
		return value ? [{ at: formatPlace(at), channelAxis: layer.channelAxis, value }] : [];
	},
	async *run(session, request) {
		if (request.at === undefined || request.at === "input") return;
		const { layer } = resolvePlace(session.graph, request.at);
		const [tensor] = await session.forward(request.inputs, [request.at], request.signal);
		if (tensor) yield { maps: [{ at: formatPlace(request.at), tensor, channelAxis: layer.channelAxis }], progress: 1 };
	},
};
