import type { Graph, GraphPort } from "./types";

/**
 * A graph that takes one of its own values as a further input: what made it no longer does, what reads it reads the
 * input. The other inputs stay, since ways around the value may still look at them.
 */
export function cutGraph(graph: Graph, port: GraphPort): Graph {
	const nodes = graph.nodes.map((node) => {
		if (!node.outputs.includes(port.value)) return node;
		return { ...node, outputs: node.outputs.map((name) => (name === port.value ? `${name}~cut` : name)) };
	});
	return { ...graph, inputs: [...graph.inputs, port], nodes };
}
