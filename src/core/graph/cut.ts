import { downstream, upstream } from "./reach";
import type { Graph, GraphPort } from "./types";

/**
 * A graph that takes one of its own values as a further input: what made it no longer does, what reads it reads the
 * input. Ways around the value stay with the inputs they look at; what no output, nothing after the cut and none of the
 * values to keep looks at is left out.
 */
export function cutGraph(graph: Graph, port: GraphPort, keep: Iterable<string> = []): Graph {
	const nodes = graph.nodes.map((node) => {
		if (!node.outputs.includes(port.value)) return node;
		return { ...node, outputs: node.outputs.map((name) => (name === port.value ? `${name}~cut` : name)) };
	});
	const inputs = [...graph.inputs.filter(({ value }) => value !== port.value), port];
	const entries = nodes.map((node) => ({ node }));
	const after = downstream(entries, new Set([port.value]));
	const needed = upstream(entries, new Set([...after, ...keep, ...graph.outputs.map(({ value }) => value)]));
	return {
		...graph,
		inputs: inputs.filter((input) => input === port || needed.has(input.value)),
		nodes: nodes.filter((node) => node.outputs.some((name) => needed.has(name))),
	};
}
