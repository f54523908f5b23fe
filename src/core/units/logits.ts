import type { Graph, GraphNode } from "../graph/types";

/** Ops after which a model's output is a probability; the logit is what goes in. */
const SQUASHING = new Set(["Softmax", "LogSoftmax", "Sigmoid"]);
/** Ops that leave all elements in their order, so that a unit keeps its index up to the shape. */
const SAME_ORDER = new Set([
	...["Identity", "Reshape", "ReshapeExample", "Flatten", "Squeeze", "ExpandDims"],
	...["ReshapeTo", "FlattenAt", "SqueezeAxes", "UnsqueezeAxes"],
]);

/** What the outputs of a model tell about its values. */
export interface OutputValues {
	/** Values that are an output of the model up to their shape. */
	readonly final: ReadonlySet<string>;
	/** For each final probability: the value of its logit (of the same size, maybe of another shape). */
	readonly logit: ReadonlyMap<string, string>;
}

/**
 * Finds the logits of a model: where an output comes from a softmax or sigmoid, fused or as a layer of its own,
 * explanations are about what goes into it (golden results of the reference tools are too).
 */
export function outputValues(graph: Graph): OutputValues {
	const producers = new Map<string, GraphNode>();
	for (const node of graph.nodes) for (const output of node.outputs) producers.set(output, node);
	const final = new Set<string>();
	const logit = new Map<string, string>();
	for (const port of graph.outputs) {
		const chain: string[] = [];
		for (let value: string | undefined = port.value; value !== undefined && !chain.includes(value); ) {
			chain.push(value);
			final.add(value);
			const producer: GraphNode | undefined = producers.get(value);
			const input: string | undefined = producer?.inputs[0];
			if (producer && input !== undefined && SQUASHING.has(producer.op))
				for (const name of chain) logit.set(name, input);
			value = producer && SAME_ORDER.has(producer.op) ? input : undefined;
		}
	}
	return { final, logit };
}
