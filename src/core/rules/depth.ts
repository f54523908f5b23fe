import type { Graph, GraphNode } from "../graph/types";
import type { OpDefinition } from "../ops/op";
import type { CompositeContext } from "./rule";

interface OpNode {
	readonly node: GraphNode;
	readonly op: OpDefinition;
}

export const isConvolution = (op: OpDefinition): boolean => op.family === "convolution";
export const isLinearLayer = (op: OpDefinition): boolean => op.family === "convolution" || op.family === "dense";
/** Scales and shifts each element by itself: relevance passes it as it passes an activation. */
export const isAffine = (op: OpDefinition): boolean =>
	/^(Standardize|Scale|(Add|Sub|Mul|Div)Constant|Constant(Add|Sub|Mul))$/.test(op.op);

/**
 * Where each node stands among the linear layers of the model. Every linear op that a model input reaches first is
 * "first", also when a model has several such (two inputs, parallel stems); zennit takes only the first module in
 * order of definition.
 * @param unit names of the values that the walk starts from
 */
export function compositeContexts(
	graph: Graph,
	nodes: readonly OpNode[],
	unit: ReadonlySet<string>,
): (node: GraphNode) => CompositeContext {
	const last = lastLinear(nodes, unit);
	const inputs = graph.inputs.map((port) => port.value);
	const linear = countBefore(nodes, inputs, isLinearLayer);
	const convolutions = countBefore(nodes, inputs, isConvolution);
	const layers = new Map(graph.layers.map((layer) => [layer.name, layer]));
	const ops = new Map(nodes.map(({ node, op }) => [node.id, op]));
	const deepest = Math.max(
		0,
		...nodes.filter(({ op }) => isLinearLayer(op)).map(({ node }) => linear.longest.get(node.id) ?? 0),
	);
	return (node) => {
		const op = ops.get(node.id);
		return {
			layer: layers.get(node.layer),
			isFirstLinear: op !== undefined && isLinearLayer(op) && linear.shortest.get(node.id) === 0,
			isFirstConvolution: op !== undefined && isConvolution(op) && convolutions.shortest.get(node.id) === 0,
			isLastLinear: last.has(node.id),
			depth: deepest === 0 ? 0 : (linear.longest.get(node.id) ?? 0) / deepest,
		};
	};
}

/** Linear ops from which a way leads to the unit through no other. */
function lastLinear(nodes: readonly OpNode[], unit: ReadonlySet<string>): ReadonlySet<string> {
	const open = new Set(unit);
	const last = new Set<string>();
	for (const { node, op } of [...nodes].reverse()) {
		if (!node.outputs.some((name) => open.has(name))) continue;
		if (isLinearLayer(op)) last.add(node.id);
		else for (const name of node.inputs) open.add(name);
	}
	return last;
}

/** For each node that a model input reaches: the least and the largest number of counted ops on the way to it. */
function countBefore(nodes: readonly OpNode[], inputs: readonly string[], counts: (op: OpDefinition) => boolean) {
	const atValue = new Map<string, readonly [number, number]>(inputs.map((name) => [name, [0, 0]]));
	const shortest = new Map<string, number>();
	const longest = new Map<string, number>();
	for (const { node, op } of nodes) {
		const reaching = node.inputs.flatMap((name) => {
			const found = atValue.get(name);
			return found ? [found] : [];
		});
		if (reaching.length === 0) continue;
		const least = Math.min(...reaching.map(([low]) => low));
		const most = Math.max(...reaching.map(([, high]) => high));
		shortest.set(node.id, least);
		longest.set(node.id, most);
		const step = counts(op) ? 1 : 0;
		for (const name of node.outputs) atValue.set(name, [least + step, most + step]);
	}
	return { shortest, longest };
}
