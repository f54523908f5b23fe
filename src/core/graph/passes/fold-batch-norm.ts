import { type DerivedWeight, DerivedWeights } from "../../formats/derived-weights";
import type { WeightStore } from "../../formats/weights";
import type { Graph, GraphNode, ParamRef } from "../types";
import { countReaders, type Pass } from "./pass";

/**
 * Folds a batch normalisation into the convolution, depthwise convolution, transposed convolution or dense layer whose
 * only reader it is, along the graph and not in file order: kernel * s and (bias - mean) * s + beta with
 * s = gamma / sqrt(variance + epsilon). Exact up to rounding: epsilon is part of s (zennit 0.5.1 leaves it in the
 * emptied normalisation, its later version does not). The layer's own value is then that of the normalisation after
 * it, which becomes an identity, so both places can still be named. A normalisation after anything else stays.
 */
export const foldBatchNorm: Pass = {
	id: "fold-batch-norm",
	title: "Batch normalisation is folded into the linear layer before it.",
	apply({ graph, weights }, keep) {
		const derived: DerivedWeight[] = [];
		const replaced = new Map<string, GraphNode>();
		const readers = countReaders(graph);
		const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
		for (const norm of graph.nodes) {
			const input = norm.inputs[0];
			if (norm.op !== "BatchNormalization" || input === undefined || keep.has(input) || readers.get(input) !== 1)
				continue;
			const linear = makers.get(input);
			const foldable = linear && foldableKernel(graph, linear, norm);
			if (!linear || !foldable || replaced.has(linear.id)) continue;
			const fold = foldedParams(weights, linear, norm, foldable);
			derived.push(...fold.derived);
			replaced.set(linear.id, { ...linear, params: fold.params });
			replaced.set(norm.id, { ...norm, op: "Identity", attrs: {}, params: {} });
		}
		const nodes = graph.nodes.map((node) => replaced.get(node.id) ?? node);
		return { graph: { ...graph, nodes }, weights: new DerivedWeights(weights, derived) };
	},
};

/** How output channels lie in a kernel: `channel = floor(index / inner) % count`. */
interface KernelChannels {
	readonly kernel: ParamRef;
	readonly count: number;
	readonly inner: number;
}

function foldableKernel(graph: Graph, linear: GraphNode, norm: GraphNode): KernelChannels | undefined {
	const { kernel, loraA } = linear.params;
	if (!kernel || loraA || linear.paramValues || norm.paramValues) return undefined;
	const at = (axis: number) => kernel.shape.at(axis) ?? 1;
	const channelsFirst = linear.attrs.dataFormat === "channels_first";
	let channels: { count: number; inner: number } | undefined;
	const size = kernel.shape.reduce((product, extent) => product * extent, 1);
	if (/^Conv[123]D$/.test(linear.op))
		channels =
			linear.attrs.kernelLayout === "channels_first"
				? { count: at(0), inner: size / at(0) }
				: { count: at(-1), inner: 1 };
	else if (linear.attrs.kernelLayout === "channels_first") return undefined;
	else if (/^Conv[123]DTranspose$/.test(linear.op)) channels = { count: at(-2), inner: at(-1) };
	else if (/^DepthwiseConv[12]D$/.test(linear.op)) channels = { count: at(-2) * at(-1), inner: 1 };
	else if (linear.op === "Dense")
		channels = linear.attrs.transposeKernel === true ? { count: at(0), inner: at(1) } : { count: at(-1), inner: 1 };
	if (!channels) return undefined;
	const axis = typeof norm.attrs.axis === "number" ? norm.attrs.axis : -1;
	const rank = linear.op === "Dense" ? rankOf(graph, linear) : kernel.shape.length;
	const channelAxis = channelsFirst && linear.op !== "Dense" ? 1 : rank === undefined ? undefined : rank - 1;
	const normalised = axis < 0 && rank !== undefined ? axis + rank : axis;
	const onChannels = normalised === channelAxis || (axis === -1 && !channelsFirst);
	return onChannels && norm.params.moving_mean?.shape[0] === channels.count ? { kernel, ...channels } : undefined;
}

/** Rank of the output of a dense layer, from the channel axis of the layer it is part of: channels are its last axis. */
function rankOf(graph: Graph, node: GraphNode): number | undefined {
	const axis = graph.layers.find((layer) => layer.name === node.layer)?.channelAxis ?? -1;
	return axis > 0 ? axis + 1 : undefined;
}

function foldedParams(
	weights: WeightStore,
	linear: GraphNode,
	norm: GraphNode,
	{ kernel, count, inner }: KernelChannels,
) {
	const epsilon = typeof norm.attrs.epsilon === "number" ? norm.attrs.epsilon : 1e-3;
	const { gamma, beta, moving_mean: mean, moving_variance: variance } = norm.params;
	const { bias } = linear.params;
	const sources = [kernel, bias, gamma, beta, mean, variance].flatMap((param) => (param ? [param.weight] : []));
	const fingerprint = async () =>
		[
			`fold-batch-norm ${epsilon} ${count} ${inner}`,
			...(await Promise.all(sources.map((name) => weights.fingerprint(name)))),
		].join("\n");
	const read = async (param: ParamRef | undefined) => (param ? (await weights.read(param.weight)).data : undefined);
	const scales = async () => {
		const [variances, gammas] = [await read(variance), await read(gamma)];
		return Array.from(
			{ length: count },
			(_, channel) => (gammas?.[channel] ?? 1) / Math.sqrt((variances?.[channel] ?? 1) + epsilon),
		);
	};
	const kernelName = `${linear.id}/kernel~fold-batch-norm(${norm.id})`;
	const biasName = `${linear.id}/bias~fold-batch-norm(${norm.id})`;
	const derived: DerivedWeight[] = [
		{
			name: kernelName,
			shape: kernel.shape,
			fingerprint,
			compute: async () => {
				const [values, scale] = [(await read(kernel)) ?? [], await scales()];
				// A plain loop: a callback for each of a hundred million weights takes seconds.
				const folded = new Float32Array(values.length);
				for (let at = 0; at < folded.length; ) {
					for (let channel = 0; channel < count; channel++) {
						const factor = scale[channel] as number;
						for (let i = 0; i < inner; i++, at++) folded[at] = (values[at] as number) * factor;
					}
				}
				return folded;
			},
		},
		{
			name: biasName,
			shape: [count],
			fingerprint,
			compute: async () => {
				const [scale, biases, means, betas] = [await scales(), await read(bias), await read(mean), await read(beta)];
				return Float32Array.from(
					scale,
					(s, channel) => ((biases?.[channel] ?? 0) - (means?.[channel] ?? 0)) * s + (betas?.[channel] ?? 0),
				);
			},
		},
	];
	const params: Record<string, ParamRef> = {
		...linear.params,
		kernel: { weight: kernelName, shape: kernel.shape, dtype: "float32" },
		bias: { weight: biasName, shape: [count], dtype: "float32" },
	};
	return { derived, params };
}
