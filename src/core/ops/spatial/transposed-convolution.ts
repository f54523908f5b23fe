import { InvalidRequestError } from "../../../shared/errors";
import type { Builder } from "../../program/builder";
import type { Dim, Value } from "../../program/types";
import {
	add,
	type ConvolutionAttributes,
	conv2dInputGrad,
	conv3dInputGrad,
	samePadding,
} from "../../program/vocabulary";
import { perAxisAttr, textAttr } from "../attributes";
import { inputAt, knownExtent } from "../numbers";
import type { Attrs, OpDefinition, Params } from "../op";
import { paramOf } from "../params";
import { attributesAsImage, kernelAsImage } from "./convolution";
import { imageAsSequence, onChannelsLast, sequenceAsImage, spatialRank } from "./layout";

/**
 * Transposed convolution: the adjoint of the convolution that takes its output back to its input.
 * - inputs: x [N, ...spatial, in]
 * - params: `kernel` [...spatial, out, in], `bias` [out] (optional)
 * - attrs: `strides`, `dilations`, `padding` (`valid` or `same`), `outputPadding` (optional), `dataFormat`
 */
function forward(b: Builder, inputs: readonly Value[], params: Params, attrs: Attrs): Value[] {
	const kernel = paramOf(params, "kernel");
	return [
		onChannelsLast(b, inputAt(inputs, 0), attrs, (x) => {
			const rank = spatialRank(x);
			const strides = perAxisAttr(attrs, "strides", rank, 1);
			const dilations = perAxisAttr(attrs, "dilations", rank, 1);
			const extents = outputExtents(x, kernel.shape as number[], strides, dilations, attrs);
			const padding = extents.map((extent, axis): [number, number] =>
				attrs.padding === "same"
					? samePadding(extent, kernel.shape[axis] as number, strides[axis] as number, dilations[axis])
					: [0, 0],
			);
			const y = adjoint(b, x, kernel, { strides, dilations, padding }, extents);
			return params.bias ? add(b, y, params.bias) : y;
		}),
	];
}

/**
 * Spatial extents of the result. Without `outputPadding`: the smallest map that uses every kernel cell, at least
 * stride times the input. With it: TensorFlow's smallest extent for the padding, plus that many cells (Keras 2 and 3).
 */
function outputExtents(
	x: Value,
	kernel: readonly number[],
	strides: readonly number[],
	dilations: readonly number[],
	attrs: Attrs,
): number[] {
	const same = textAttr(attrs, "padding", ["valid", "same"], "valid") === "same";
	const extra = attrs.outputPadding == null ? undefined : perAxisAttr(attrs, "outputPadding", strides.length);
	return strides.map((stride, axis) => {
		const extent = knownExtent(x, axis + 1);
		const reach = ((kernel[axis] as number) - 1) * (dilations[axis] as number) + 1;
		if (extra === undefined) return same ? extent * stride : (extent - 1) * stride + Math.max(reach, stride);
		const added = extra[axis] as number;
		if (added >= stride)
			throw new InvalidRequestError(`the output padding ${added} must be smaller than the stride ${stride}`);
		return (extent - 1) * stride + (same ? reach % 2 : reach) + added;
	});
}

function adjoint(b: Builder, x: Value, kernel: Value, a: ConvolutionAttributes, extents: readonly number[]): Value {
	const n = x.shape[0] as Dim;
	const filters = kernel.shape.at(-2) as number;
	if (extents.length === 3) return conv3dInputGrad(b, x, kernel, a, [n, ...extents, filters]);
	if (extents.length === 2) return conv2dInputGrad(b, x, kernel, a, [n, ...extents, filters]);
	const image = conv2dInputGrad(b, sequenceAsImage(b, x), kernelAsImage(b, kernel), attributesAsImage(a), [
		n,
		1,
		...extents,
		filters,
	]);
	return imageAsSequence(b, image);
}

const definition = (op: string): OpDefinition => ({
	op,
	kind: "linear",
	family: "convolution",
	biasParams: ["bias"],
	forward,
});

export const TRANSPOSED_CONVOLUTIONS: readonly OpDefinition[] = [
	definition("Conv1DTranspose"),
	definition("Conv2DTranspose"),
	definition("Conv3DTranspose"),
];
