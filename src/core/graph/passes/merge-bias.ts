import { type DerivedWeight, DerivedWeights } from "../../formats/derived-weights";
import type { Attr, GraphNode, ParamRef } from "../types";
import { countReaders, type Pass } from "./pass";

/**
 * A bias that the file adds in a node of its own becomes that of the convolution or dense layer before it, as the
 * training code has it: relevance rules look at the sum of both. The sum is then computed from the layer's input; the
 * product without its bias can still be named, but no longer lies between input and output.
 */
export const mergeBias: Pass = {
	id: "merge-bias",
	title: "A bias that is added behind a linear layer is part of it.",
	apply({ graph, weights }, keep) {
		const derived: DerivedWeight[] = [];
		const readers = countReaders(graph);
		const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
		let merged = false;
		const nodes = graph.nodes.map((sum) => {
			const input = sum.inputs[0];
			const linear = input === undefined ? undefined : makers.get(input);
			if (!linear || input === undefined || keep.has(input) || readers.get(input) !== 1) return sum;
			const channels = outputChannels(linear);
			const bias = channels === undefined ? undefined : addedBias(sum, linear, channels);
			if (channels === undefined || !bias) return sum;
			const name = `${sum.id}/bias~merge-bias`;
			derived.push({
				name,
				shape: [channels],
				fingerprint: async () =>
					typeof bias === "number"
						? `merge-bias ${bias} ${channels}`
						: `merge-bias ${await weights.fingerprint(bias.weight)}`,
				compute: async () =>
					typeof bias === "number"
						? new Float32Array(channels).fill(bias)
						: Float32Array.from((await weights.read(bias.weight)).data),
			});
			merged = true;
			const param: ParamRef = { weight: name, shape: [channels], dtype: "float32" };
			return {
				...linear,
				id: sum.id,
				outputs: sum.outputs,
				params: { ...linear.params, bias: param },
				layer: sum.layer,
			};
		});
		return merged ? { graph: { ...graph, nodes }, weights: new DerivedWeights(weights, derived) } : { graph, weights };
	},
};

/** Number of outputs of a linear layer without a bias of its own; `undefined` for anything else. */
function outputChannels({ op, params, paramValues, attrs }: GraphNode): number | undefined {
	const { kernel, bias } = params;
	if (!kernel || bias || paramValues) return undefined;
	const first = attrs.kernelLayout === "channels_first";
	if (/^Conv[123]D$/.test(op)) return kernel.shape.at(first ? 0 : -1);
	if (/^DepthwiseConv[12]D$/.test(op)) return (kernel.shape.at(-1) ?? 0) * (kernel.shape.at(-2) ?? 0);
	if (op === "Dense") return kernel.shape.at(attrs.transposeKernel === true ? 0 : -1);
	return undefined;
}

/** What a sum adds to each channel: a weight with an entry a channel, or one number for all of them. */
function addedBias(sum: GraphNode, linear: GraphNode, channels: number): ParamRef | number | undefined {
	if (sum.op !== "AddConstant" && sum.op !== "ConstantAdd") return undefined;
	const { constant } = sum.params;
	if (!constant) return singleNumber(sum.attrs.constant);
	const isFirst = linear.attrs.dataFormat === "channels_first";
	// Spatial axes lie behind the channels; what lies before them is broadcast.
	const trailing = isFirst && linear.params.kernel ? linear.params.kernel.shape.length - 2 : 0;
	const expected = [channels, ...new Array<number>(trailing).fill(1)];
	const extra = constant.shape.length - expected.length;
	const fits =
		extra >= 0 && constant.shape.every((extent, axis) => extent === (axis < extra ? 1 : expected[axis - extra]));
	return fits ? constant : undefined;
}

function singleNumber(constant: Attr): number | undefined {
	if (typeof constant === "number") return constant;
	return Array.isArray(constant) && constant.length === 1 ? singleNumber((constant as readonly Attr[])[0]) : undefined;
}
