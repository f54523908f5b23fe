import { attentionBlocks } from "../graph/attention";
import { downstream } from "../graph/reach";
import type { Graph, GraphPort } from "../graph/types";
import { outputValues } from "../units/logits";
import type { Lowering } from "./lowerings";

/** The first output that no other output is computed from: a model may give its inner layers as outputs too. */
export function mainOutput({ lowered }: Lowering, { outputs }: Graph): GraphPort | undefined {
	const leadsToAnother = (port: GraphPort) => {
		const after = downstream(lowered.nodes, new Set([port.value]));
		return outputs.some((other) => other.value !== port.value && after.has(other.value));
	};
	return outputs.find((port) => !leadsToAnother(port)) ?? outputs[0];
}

/** Every value that a place or an output can name. */
export function namedValues(graph: Graph): string[] {
	const names = new Set<string>(graph.outputs.map((port) => port.value));
	for (const layer of graph.layers) {
		for (const call of layer.calls)
			for (const value of [...call.inputs, ...call.outputs, call.preActivation])
				if (value !== undefined) names.add(value);
	}
	for (const logit of outputValues(graph).logit.values()) names.add(logit);
	for (const { weights, scores, context } of attentionBlocks(graph))
		for (const value of [weights, scores, context]) if (value !== undefined) names.add(value);
	return [...names];
}
