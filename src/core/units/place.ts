import { InvalidRequestError, UnsupportedError } from "../../shared/errors";
import { formatPlace } from "../../shared/unit-parser";
import type { Place } from "../../shared/units";
import type { Graph, GraphLayer, LayerCall } from "../graph/types";
import { OPS } from "../ops";
import { didYouMean } from "./nearest";

/** A place found in a graph. */
export interface ResolvedPlace {
	readonly place: Place;
	readonly layer: GraphLayer;
	/** Name of the value in the graph. */
	readonly value: string;
}

/**
 * Finds the value of a place. Without a stage it is the layer's output as the file has it.
 * @throws InvalidRequestError for an unknown layer or call; UnsupportedError for a layer that cannot be computed
 */
export function resolvePlace(graph: Graph, place: Place): ResolvedPlace {
	const layer = graph.layers.find((candidate) => candidate.name === place.layer);
	if (!layer) {
		const names = graph.layers.map((candidate) => candidate.name);
		const all = `The model has ${names.length} layers${names.length <= 12 ? `: ${names.join(", ")}` : ""}; \`lamina inspect\` lists them.`;
		throw new InvalidRequestError(
			`the model has no layer "${place.layer}"`,
			formatPlace(place),
			didYouMean(place.layer, names, all),
		);
	}
	if (layer.unsupported)
		throw new UnsupportedError(
			layer.unsupported.message,
			layer.unsupported.where ?? layer.where,
			layer.unsupported.hint,
		);
	const call = layer.calls[place.call ?? 0];
	if (!call) {
		const count = layer.calls.length;
		const expected =
			count === 0
				? "is never called"
				: count === 1
					? "is called once: #0"
					: `is called ${count} times: #0 to #${count - 1}`;
		throw new InvalidRequestError(
			`layer "${layer.name}" ${expected}, but call #${place.call ?? 0} was asked for`,
			formatPlace(place),
		);
	}
	const value = place.stage === "pre" ? beforeActivation(graph, call) : call.outputs[0];
	if (value === undefined) throw new InvalidRequestError(`layer "${layer.name}" has no output`, layer.where);
	return { place, layer, value };
}

/** Value before the fused activation; the input of a layer that is nothing but an activation; else the output itself. */
function beforeActivation(graph: Graph, call: LayerCall): string | undefined {
	if (call.preActivation !== undefined) return call.preActivation;
	const nodes = graph.nodes.filter((node) => call.nodes.includes(node.id));
	const alone = nodes.length > 0 && nodes.every(({ op }) => isActivation(op));
	return alone ? call.inputs[0] : call.outputs[0];
}

function isActivation(name: string): boolean {
	const op = OPS.get(name);
	return op?.family === "activation" || op?.kind === "softmax";
}
