import { UnreadableFileError } from "../../shared/errors";
import type { Graph } from "./types";

/**
 * Checks what every walk over a graph relies on: ids and values are defined once, each value is made before it is
 * taken (or belongs to a layer that is not supported), every node is part of a layer.
 * @throws UnreadableFileError naming the node and the value; a circle is named node by node
 */
export function validateGraph(graph: Graph): void {
	const layers = new Map(graph.layers.map((layer) => [layer.name, layer] as const));
	if (layers.size !== graph.layers.length) throw new UnreadableFileError("Two layers of the graph have the same name.");
	const known = new Set<string>();
	for (const port of graph.inputs) {
		if (known.has(port.value)) throw new UnreadableFileError(`The input value "${port.value}" is declared twice.`);
		known.add(port.value);
	}
	for (const layer of graph.layers) {
		if (layer.unsupported) for (const call of layer.calls) for (const value of call.outputs) known.add(value);
	}
	const makers = new Map<string, number>();
	const ids = new Set<string>();
	for (const [index, node] of graph.nodes.entries()) {
		if (ids.has(node.id)) throw new UnreadableFileError(`Two nodes of the graph are called "${node.id}".`);
		ids.add(node.id);
		if (!layers.has(node.layer))
			throw new UnreadableFileError(
				`The node "${node.id}" is part of the layer "${node.layer}", which the graph does not have.`,
			);
		for (const value of node.outputs) {
			if (known.has(value) || makers.has(value))
				throw new UnreadableFileError(`The value "${value}" is made twice.`, `node ${node.id}`);
			makers.set(value, index);
		}
	}
	for (const [index, node] of graph.nodes.entries()) {
		for (const value of [...node.inputs, ...Object.values(node.paramValues ?? {})]) {
			if (known.has(value)) continue;
			const maker = makers.get(value);
			if (maker === undefined)
				throw new UnreadableFileError(
					`Nothing makes the value "${value}", which the node "${node.id}" takes.`,
					`layer ${node.layer}`,
				);
			if (maker >= index) throw new UnreadableFileError(describeOrder(graph, makers, index), `layer ${node.layer}`);
		}
	}
	for (const port of graph.outputs) {
		if (!known.has(port.value) && !makers.has(port.value))
			throw new UnreadableFileError(`Nothing makes the output "${port.name}".`);
	}
}

/** A node takes a value made later: a circle, or nodes in the wrong order. */
function describeOrder(graph: Graph, makers: ReadonlyMap<string, number>, start: number): string {
	const trail: number[] = [];
	const seen = new Set<number>();
	const stack: { node: number; depth: number }[] = [{ node: start, depth: 0 }];
	for (let top = stack.pop(); top; top = stack.pop()) {
		trail.length = top.depth;
		trail.push(top.node);
		for (const value of graph.nodes[top.node]?.inputs ?? []) {
			const maker = makers.get(value);
			if (maker === start)
				return `The nodes ${[...trail, start].map((index) => graph.nodes[index]?.id).join(" <- ")} form a circle.`;
			if (maker === undefined || seen.has(maker)) continue;
			seen.add(maker);
			stack.push({ node: maker, depth: top.depth + 1 });
		}
	}
	return `The node "${graph.nodes[start]?.id}" takes a value that is made after it.`;
}
