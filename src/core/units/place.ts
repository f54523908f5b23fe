import { InvalidRequestError, UnsupportedError } from "../../shared/errors";
import { formatPlace } from "../../shared/unit-parser";
import type { Place } from "../../shared/units";
import type { Graph, GraphLayer, GraphPort, LayerCall } from "../graph/types";
import { OPS } from "../ops";
import { caretAt } from "./caret";
import { didYouMean } from "./nearest";

/** A place found in a graph. */
export interface ResolvedPlace {
	readonly place: Place;
	readonly layer: GraphLayer;
	/** Name of the value in the graph. */
	readonly value: string;
}

/** A node or a value inside a layer, by the name that the file has for it. */
function namedInside(graph: Graph, { layer: name, call, stage }: Place): Omit<ResolvedPlace, "place"> | undefined {
	if (!graph.channelAxes || call !== undefined || stage !== undefined) return undefined;
	const node = graph.nodes.find(({ id }) => id === name) ?? graph.nodes.find(({ outputs }) => outputs.includes(name));
	const value = node?.outputs.includes(name) ? name : node?.outputs[0];
	const port = graph.inputs.find((input) => input.value === name);
	const owner = graph.layers.find((layer) => layer.name === (node ?? port)?.layer);
	if (!owner) return undefined;
	const channelAxis = graph.channelAxes[value ?? name] ?? -1;
	return { layer: { ...owner, name, channelAxis }, value: value ?? name };
}

/**
 * Finds the value of a place. Without a stage it is the layer's output as the file has it.
 * @throws InvalidRequestError for an unknown layer or call; UnsupportedError for a layer that cannot be computed
 */
export function resolvePlace(graph: Graph, place: Place): ResolvedPlace {
	const layer = graph.layers.find((candidate) => candidate.name === place.layer);
	const inside = layer ? undefined : namedInside(graph, place);
	if (inside) return { place, ...inside };
	if (!layer) {
		const names = graph.layers.map((candidate) => candidate.name);
		const all = `The model has ${names.length} layers${names.length <= 12 ? `: ${names.join(", ")}` : ""}; \`lamina inspect\` lists them.`;
		throw new InvalidRequestError(
			`the model has no layer "${place.layer}"`,
			caretAt(formatPlace(place), place.layer),
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

/** The place of the call of a layer that makes an output of the model. */
export function placeOfOutput({ layers }: Graph, { layer: name, value }: GraphPort): Place {
	const calls = layers.find((layer) => layer.name === name)?.calls ?? [];
	const call = calls.findIndex(({ outputs }) => outputs.includes(value));
	return { layer: name, ...(call > 0 && { call }) };
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

/** For a map at a place that the unit does not depend on. */
export function unreached(place: string): InvalidRequestError {
	return new InvalidRequestError(
		`the unit does not depend on "${place}", so there is no map of it there`,
		place,
		"Choose a layer between the inputs and the unit; for a class, the last of them is the one before the softmax.",
	);
}
