import type { Graph, GraphNode } from "../graph/types";
import type { OpDefinition, Params } from "../ops/op";
import type { Builder } from "../program/builder";
import type { Value } from "../program/types";
import { add } from "../program/vocabulary";
import { compositeContexts } from "./depth";
import type { Composite } from "./rule";

/** One node after lowering: what a rule may look at. */
export interface WalkNode {
	readonly node: GraphNode;
	readonly op: OpDefinition;
	readonly inputs: readonly Value[];
	readonly params: Params;
	readonly outputs: readonly Value[];
}

/**
 * Walks the lowered graph backwards and emits, for each wanted value, the gradient or relevance that reaches it.
 * Only nodes that lie between a seed and a wanted value are visited; what arrives at a value on several ways is added.
 * @param nodes in an order in which inputs come first
 * @param seeds what starts at values of the graph, by name
 * @param wanted names of values
 * @returns by name; wanted values that no seed depends on are absent (zero)
 */
export function walkBackward(
	b: Builder,
	graph: Graph,
	nodes: readonly WalkNode[],
	composite: Composite,
	seeds: ReadonlyMap<string, Value>,
	wanted: ReadonlySet<string>,
): Map<string, Value> {
	const leads = downstream(nodes, wanted);
	const varies = downstream(nodes, new Set(graph.inputs.map((port) => port.value)));
	const contexts = compositeContexts(graph, nodes);
	const arrived = new Map(seeds);
	for (const { node, op, inputs, params, outputs } of [...nodes].reverse()) {
		const isWanted = node.inputs.map((name) => leads.has(name));
		const relevance = node.outputs.map((name) => arrived.get(name));
		if (!isWanted.includes(true) || relevance.every((value) => value === undefined)) continue;
		const rule = composite.rule(node, op, contexts(node));
		const step = {
			b,
			node,
			op,
			inputs,
			params,
			outputs,
			relevance,
			wanted: isWanted,
			varies: node.inputs.map((name) => varies.has(name)),
		};
		for (const [index, part] of rule.backward(step).entries()) {
			const name = node.inputs[index];
			if (!part || name === undefined || !isWanted[index]) continue;
			const before = arrived.get(name);
			arrived.set(name, before ? add(b, before, part) : part);
		}
	}
	return new Map([...arrived].filter(([name]) => wanted.has(name)));
}

/** Names of the values that depend on one of `sources`, these included. */
export function downstream(nodes: readonly { readonly node: GraphNode }[], sources: ReadonlySet<string>): Set<string> {
	const reached = new Set(sources);
	for (const { node } of nodes)
		if (node.inputs.some((name) => reached.has(name))) for (const name of node.outputs) reached.add(name);
	return reached;
}
