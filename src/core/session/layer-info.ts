import { upstream } from "../graph/reach";
import { channelAxisOf } from "../units/unit";
import type { Lowering } from "./lowerings";
import type { LayerInfo } from "./model-session";

/** The layers that some values depend on, in reading order of the graph's nodes, each with the op that makes its output. */
export function layersBefore(lowering: Lowering, values: ReadonlySet<string>): LayerInfo[] {
	const { lowered, source } = lowering;
	const before = upstream(lowered.nodes, values);
	const order = new Map(lowered.nodes.flatMap(({ node }, index) => node.outputs.map((name) => [name, index] as const)));
	const makers = new Map(lowered.nodes.flatMap(({ node, op }) => node.outputs.map((name) => [name, op] as const)));
	const found: { info: LayerInfo; at: number }[] = [];
	for (const layer of source.layers) {
		for (const [call, { outputs }] of layer.calls.entries()) {
			const name = outputs[0];
			const value = name === undefined ? undefined : lowered.values.get(name);
			const op = name === undefined ? undefined : makers.get(name);
			if (name === undefined || !value || !op || !before.has(name)) continue;
			const place = { layer: layer.name, ...(layer.calls.length > 1 && { call }) };
			const info: LayerInfo = {
				place,
				shape: value.shape.slice(1),
				channelAxis: channelAxisOf(layer.channelAxis, value.shape.length),
				family: op.family,
				op: op.op,
			};
			found.push({ info, at: order.get(name) ?? -1 });
		}
	}
	return found.sort((a, b) => a.at - b.at).map(({ info }) => info);
}
