import type { GraphNode } from "./types";

type Nodes = readonly { readonly node: GraphNode }[];

/** All values that a node is computed from: its inputs, and params that the graph computes. */
export function valuesTaken({ inputs, paramValues }: GraphNode): readonly string[] {
	return paramValues ? [...inputs, ...Object.values(paramValues)] : inputs;
}

/** Names of the values that depend on one of `sources`, these included. Nodes are in an order in which inputs come first. */
export function downstream(nodes: Nodes, sources: ReadonlySet<string>): Set<string> {
	const reached = new Set(sources);
	for (const { node } of nodes)
		if (valuesTaken(node).some((name) => reached.has(name))) for (const name of node.outputs) reached.add(name);
	return reached;
}

/** Names of the values that one of `ends` depends on, these included. Nodes are in an order in which inputs come first. */
export function upstream(nodes: Nodes, ends: ReadonlySet<string>): Set<string> {
	const needed = new Set(ends);
	for (const { node } of [...nodes].reverse())
		if (node.outputs.some((name) => needed.has(name))) for (const name of valuesTaken(node)) needed.add(name);
	return needed;
}
