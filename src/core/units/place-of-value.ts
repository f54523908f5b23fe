import type { Place } from "../../shared/units";
import type { Graph } from "../graph/types";

/** The place whose value this is: a layer's output, or what the file calls a value inside of one. */
export function placeOfValue(graph: Graph, value: string): Place | undefined {
	for (const layer of graph.layers) {
		const call = layer.calls.findIndex(({ outputs }) => outputs[0] === value);
		if (call >= 0) return { layer: layer.name, ...(layer.calls.length > 1 && { call }) };
	}
	const isInside = graph.channelAxes && graph.nodes.some(({ outputs }) => outputs.includes(value));
	return isInside ? { layer: value } : undefined;
}
