import { InvalidRequestError } from "../../../../shared/errors";
import type { Builder } from "../../../program/builder";
import type { Value } from "../../../program/types";
import {
	add,
	type ConvolutionAttributes,
	concat,
	conv2d,
	conv3d,
	depthwiseConv2d,
	reshape,
	samePadding,
	slice,
	transpose,
} from "../../../program/vocabulary";
import { effectiveKernel } from "../../algebra/low-rank";
import { numberAttr, pairsAttr, perAxisAttr, textAttr } from "../../attributes";
import { inputAt, knownExtent } from "../../numbers";
import type { Attrs, OpDefinition, Params } from "../../op";
import { imageAsSequence, onChannelsLast, sequenceAsImage, spatialRank } from "../layout";

/**
 * Convolution over one to three spatial axes.
 * - inputs: x [N, ...spatial, in] (or channels first, see `dataFormat`)
 * - params: `kernel` [...spatial, in / groups, out] (or [out, in / groups, ...spatial], see `kernelLayout`), `bias` [out] (optional), a low-rank update (optional)
 * - attrs: `strides`, `dilations` (one number or one an axis), `padding` (`valid`, `same`, `same_lower`,
 *   `causal` or pairs [before, after]), `groups`, `dataFormat`, `kernelLayout`
 */
function forward(b: Builder, inputs: readonly Value[], params: Params, attrs: Attrs): Value[] {
	const kernel = channelsLastKernel(b, effectiveKernel(b, params, attrs), attrs);
	return [
		onChannelsLast(b, inputAt(inputs, 0), attrs, (x) => {
			const convolved = grouped(b, x, kernel, windowAttributes(x, kernel.shape, attrs), numberAttr(attrs, "groups", 1));
			return params.bias ? add(b, convolved, params.bias) : convolved;
		}),
	];
}

/**
 * A kernel as the primitives take it. `kernelLayout` `channels_first` is that of PyTorch and ONNX, [a, b, ...spatial]
 * for [...spatial, b, a].
 */
export function channelsLastKernel(b: Builder, kernel: Value, attrs: Attrs): Value {
	const layout = textAttr(attrs, "kernelLayout", ["channels_last", "channels_first"], "channels_last");
	if (layout === "channels_last") return kernel;
	const spatial = kernel.shape.map((_, axis) => axis).slice(2);
	return transpose(b, kernel, [...spatial, 1, 0]);
}

/**
 * Strides, dilations and explicit paddings for a channels-last map and a kernel [...spatial, _, _].
 * `causal` puts all padding in front, so that no output looks at a later input.
 */
export function windowAttributes(x: Value, kernel: readonly number[], attrs: Attrs): ConvolutionAttributes {
	const rank = spatialRank(x);
	if (kernel.length !== rank + 2)
		throw new InvalidRequestError(
			`a kernel of rank ${rank + 2} was expected, but it has the shape [${kernel.join(", ")}]`,
		);
	const strides = perAxisAttr(attrs, "strides", rank, 1);
	const dilations = perAxisAttr(attrs, "dilations", rank, 1);
	if (Array.isArray(attrs.padding)) return { strides, dilations, padding: pairsAttr(attrs, "padding", rank) };
	const mode = textAttr(attrs, "padding", ["valid", "same", "same_lower", "causal"], "valid");
	const padding = strides.map((stride, axis): [number, number] => {
		const size = kernel[axis] as number;
		const dilation = dilations[axis] as number;
		if (mode === "valid") return [0, 0];
		if (mode === "causal") return [(size - 1) * dilation, 0];
		const [before, after] = samePadding(knownExtent(x, axis + 1), size, stride, dilation);
		return mode === "same" ? [before, after] : [after, before];
	});
	return { strides, dilations, padding };
}

/** Convolution of a channels-last map in `groups` groups of channels. */
export function grouped(b: Builder, x: Value, kernel: Value, a: ConvolutionAttributes, groups: number): Value {
	if (groups === 1) return ungrouped(b, x, kernel, a);
	const channels = knownExtent(x, x.shape.length - 1);
	const taken = kernel.shape.at(-2) as number;
	const made = kernel.shape.at(-1) as number;
	if (taken * groups !== channels || made % groups !== 0) {
		throw new InvalidRequestError(
			`${groups} groups of ${taken} input channels were expected and filters in as many, but there are ${channels} channels and ${made} filters`,
		);
	}
	if (taken === 1 && spatialRank(x) < 3) {
		const perChannel = reshape(b, kernel, [...(kernel.shape.slice(0, -2) as number[]), channels, made / groups]);
		return depthwise(b, x, perChannel, a);
	}
	const parts: Value[] = [];
	for (let group = 0; group < groups; group++) {
		const share = lastAxisSlice(b, x, group * taken, taken);
		const filters = lastAxisSlice(b, kernel, group * (made / groups), made / groups);
		parts.push(ungrouped(b, share, filters, a));
	}
	return concat(b, parts, -1);
}

function lastAxisSlice(b: Builder, x: Value, begin: number, size: number): Value {
	const last = x.shape.length - 1;
	return slice(
		b,
		x,
		x.shape.map((_, axis) => (axis === last ? begin : 0)),
		x.shape.map((_, axis) => (axis === last ? size : -1)),
	);
}

function ungrouped(b: Builder, x: Value, kernel: Value, a: ConvolutionAttributes): Value {
	const rank = spatialRank(x);
	if (rank === 3) return conv3d(b, x, kernel, a);
	if (rank === 2) return conv2d(b, x, kernel, a);
	return imageAsSequence(b, conv2d(b, sequenceAsImage(b, x), kernelAsImage(b, kernel), attributesAsImage(a)));
}

/** Depthwise convolution of a channels-last map with a kernel [...spatial, C, multiplier], one or two spatial axes. */
export function depthwise(b: Builder, x: Value, kernel: Value, a: ConvolutionAttributes): Value {
	if (spatialRank(x) === 2) return depthwiseConv2d(b, x, kernel, a);
	return imageAsSequence(b, depthwiseConv2d(b, sequenceAsImage(b, x), kernelAsImage(b, kernel), attributesAsImage(a)));
}

/** [k, in, out] as [1, k, in, out]. */
export const kernelAsImage = (b: Builder, kernel: Value): Value => reshape(b, kernel, [1, ...kernel.shape]);

/** The added axis has one cell; it repeats stride and dilation because native depthwise kernels want both axes alike. */
export function attributesAsImage(a: ConvolutionAttributes): ConvolutionAttributes {
	return {
		strides: [a.strides[0] as number, a.strides[0] as number],
		dilations: [a.dilations[0] as number, a.dilations[0] as number],
		padding: [[0, 0], a.padding[0] as readonly [number, number]],
	};
}

const definition = (op: string): OpDefinition => ({
	op,
	kind: "linear",
	family: "convolution",
	biasParams: ["bias"],
	forward,
});

export const CONVOLUTIONS: readonly OpDefinition[] = [definition("Conv1D"), definition("Conv2D"), definition("Conv3D")];
