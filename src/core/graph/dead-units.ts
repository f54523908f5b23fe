import type { TensorData } from "../../shared/tensor";
import type { OpenedModel } from "../formats/format";
import type { Graph, GraphLayer, GraphNode, ParamRef } from "./types";

/** Below this share of the strongest unit's weights, a unit's own count as zero: float32 keeps seven digits. */
const NEGLIGIBLE = 1e-7;

export interface DeadUnits {
	/** Output channels, ascending. */
	readonly units: number[];
	/** Channels in all. */
	readonly of: number;
	readonly reason: string;
}

/**
 * Units that are the same for any input. Two things prove it from weights alone: incoming weights (or the scale of a
 * normalisation) that are all zero; or, before a ReLU whose input is never negative, weights and bias of which none is
 * positive.
 */
export async function deadUnits(model: OpenedModel, layer: GraphLayer): Promise<DeadUnits> {
	const { graph, weights } = model;
	// The last of several: the pointwise half of a separable convolution makes its channels.
	const node = graph.nodes.filter((candidate) => candidate.layer === layer.name && makesChannels(candidate)).at(-1);
	const param = node?.params.kernel ?? node?.params.gamma;
	if (!node || !param || param.dtype !== "float32") return { units: [], of: 0, reason: "" };
	const channels = channelsOf(node, param);
	const { data } = await weights.read(param.weight);
	const strongest = strongestWeights(data, channels);
	const most = strongest.magnitude.filter(Number.isFinite).reduce((a, b) => Math.max(a, b), 0);
	const isZero = (unit: number) => (strongest.magnitude[unit] as number) <= most * NEGLIGIBLE;
	const zero = Array.from(strongest.magnitude.keys()).filter(isZero);
	const isShutBy = node.params.kernel && isRectified(graph, layer) && isNeverNegative(graph, node.inputs[0]);
	if (!isShutBy)
		return {
			units: zero,
			of: channels.count,
			reason: zero.length > 0 ? `their ${node.params.kernel ? "incoming weights" : "scales"} are 0` : "",
		};
	const bias = node.params.bias ? (await weights.read(node.params.bias.weight)).data : undefined;
	const shut = Array.from(strongest.largest.keys()).filter(
		(unit) => (strongest.largest[unit] as number) <= 0 && (bias?.[unit] ?? 0) <= 0,
	);
	const units = [...new Set([...zero, ...shut])].sort((a, b) => a - b);
	return {
		units,
		of: channels.count,
		reason: shut.length > 0 ? "no incoming weight and no bias is positive" : "their incoming weights are 0",
	};
}

function makesChannels({ op, params }: GraphNode): boolean {
	const isLinear = /^(Dense|(Depthwise)?Conv[123]D(Transpose)?)$/.test(op) && params.kernel !== undefined;
	return isLinear || (/Normalization$/.test(op) && params.gamma !== undefined);
}

/** How output channels lie in a param: `channel = floor(index / inner) % count`. */
interface Channels {
	readonly count: number;
	readonly inner: number;
}

function channelsOf(node: GraphNode, { shape }: ParamRef): Channels {
	const at = (axis: number) => shape.at(axis) ?? 1;
	if (/Transpose$/.test(node.op) && shape.length >= 3) return { count: at(-2), inner: at(-1) };
	if (/^Depthwise/.test(node.op)) return { count: at(-2) * at(-1), inner: 1 };
	if (node.attrs.transposeKernel === true) return { count: at(0), inner: at(1) };
	return { count: at(-1), inner: 1 };
}

/** For each channel the largest magnitude, and the largest value. */
function strongestWeights(
	data: TensorData,
	{ count, inner }: Channels,
): { magnitude: Float64Array; largest: Float64Array } {
	const magnitude = new Float64Array(count);
	const largest = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
	for (let index = 0; index < data.length; index++) {
		const channel = Math.floor(index / inner) % count;
		const value = data[index] as number;
		// A NaN is broken, not dead.
		if (!(Math.abs(value) <= (magnitude[channel] as number)))
			magnitude[channel] = Number.isNaN(value) ? Number.POSITIVE_INFINITY : Math.abs(value);
		if (value > (largest[channel] as number)) largest[channel] = value;
	}
	return { magnitude, largest };
}

function isRectified(graph: Graph, layer: GraphLayer): boolean {
	if (layer.activation !== undefined) return layer.activation === "relu";
	const output = layer.calls[0]?.outputs[0];
	const readers = graph.nodes.filter((node) => output !== undefined && node.inputs.includes(output));
	return readers.length > 0 && readers.every((node) => node.op === "Relu");
}

const NON_NEGATIVE = new Set([
	"Relu",
	"Relu6",
	"ClippedRelu",
	"Sigmoid",
	"Softmax",
	"HardSigmoid",
	"HardSigmoidSlope02",
	"Softplus",
	"Exp",
	"Exponential",
	"Abs",
	"Square",
]);
const KEEPS_SIGN = new Set([
	"MaxPool",
	"AvgPool",
	"GlobalMaxPool",
	"GlobalAvgPool",
	"AdaptiveMaxPool",
	"AdaptiveAvgPool",
	"ZeroPadding",
	"Cropping",
	"UpSampling",
	"Identity",
	"Flatten",
	"Reshape",
	"Permute",
]);

function isNeverNegative(graph: Graph, value: string | undefined): boolean {
	let current = value;
	for (let steps = 0; steps < 64; steps++) {
		const name = current;
		const maker = graph.nodes.find((node) => name !== undefined && node.outputs.includes(name));
		if (!maker) return false;
		if (NON_NEGATIVE.has(maker.op)) return true;
		if (!KEEPS_SIGN.has(maker.op)) return false;
		current = maker.inputs[0];
	}
	return false;
}
