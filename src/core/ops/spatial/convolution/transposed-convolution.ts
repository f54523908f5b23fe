import { InvalidRequestError } from "../../../../shared/errors";
import type { Builder } from "../../../program/builder";
import type { Dim, Value } from "../../../program/types";
import {
	add,
	type ConvolutionAttributes,
	concat,
	conv2dInputGrad,
	conv3dInputGrad,
	samePadding,
} from "../../../program/vocabulary";
import { flagAttr, numberAttr, pairsAttr, perAxisAttr, textAttr } from "../../attributes";
import { inputAt, knownExtent } from "../../numbers";
import type { Attrs, OpDefinition, Params } from "../../op";
import { paramOf } from "../../params";
import { splitAxis } from "../../shape/split";
import { imageAsSequence, onChannelsLast, sequenceAsImage, spatialRank } from "../layout";
import { attributesAsImage, channelsLastKernel, kernelAsImage } from "./convolution";

/**
 * Transposed convolution: the adjoint of the convolution that takes its output back to its input.
 * - inputs: x [N, ...spatial, in]
 * - params: `kernel` [...spatial, out / groups, in] (or [in, out / groups, ...spatial], see `kernelLayout`), `bias` [out]
 *   (optional)
 * - attrs: `strides`, `dilations`, `groups`, `padding` (`valid`, `same`, or pairs [before, after] that are cut off),
 *   `outputPadding` (optional), `size` of the result, or `keepsSize` (stride times the
 *   input; with either `padding` does not count), `upper` (an odd cell that
 *   is cut off lies behind), `dataFormat`
 */
function forward(b: Builder, inputs: readonly Value[], params: Params, attrs: Attrs): Value[] {
	const kernel = channelsLastKernel(b, paramOf(params, "kernel"), attrs);
	return [
		onChannelsLast(b, inputAt(inputs, 0), attrs, (x) => {
			const rank = spatialRank(x);
			const strides = perAxisAttr(attrs, "strides", rank, 1);
			const dilations = perAxisAttr(attrs, "dilations", rank, 1);
			const spans = strides.map((stride, axis): Span => {
				const extent = knownExtent(x, axis + 1);
				const reach = ((kernel.shape[axis] as number) - 1) * (dilations[axis] as number) + 1;
				return { extent, stride, reach, axis };
			});
			const { extents, padding } = Array.isArray(attrs.padding)
				? explicitExtents(spans, attrs)
				: ruledExtents(spans, attrs, kernel.shape, dilations);
			const window = { strides, dilations, padding };
			const y = inGroups(b, x, kernel, numberAttr(attrs, "groups", 1), (part, filters) =>
				adjoint(b, part, filters, window, extents),
			);
			return params.bias ? add(b, y, params.bias) : y;
		}),
	];
}

/** One spatial axis: cells of the input, step and reach of the kernel. */
interface Span {
	readonly axis: number;
	readonly extent: number;
	readonly stride: number;
	readonly reach: number;
}

interface Extents {
	/** Of the result. */
	readonly extents: readonly number[];
	/** Of the convolution that this is the adjoint of. */
	readonly padding: readonly (readonly [number, number])[];
}

/** As ONNX and PyTorch have it: all that the kernel reaches and `outputPadding` cells more, `padding` cut off. */
function explicitExtents(spans: readonly Span[], attrs: Attrs): Extents {
	const pads = pairsAttr(attrs, "padding", spans.length);
	const extra = perAxisAttr(attrs, "outputPadding", spans.length, 0);
	const size = flagAttr(attrs, "keepsSize")
		? spans.map(({ extent, stride }) => extent * stride)
		: attrs.size == null
			? undefined
			: perAxisAttr(attrs, "size", spans.length);
	const padding = spans.map(({ axis, extent, stride, reach }): readonly [number, number] => {
		const whole = stride * (extent - 1) + reach + (extra[axis] as number);
		if (!size) return pads[axis] as readonly [number, number];
		const total = whole - (size[axis] as number);
		const less = Math.trunc(total / 2);
		return flagAttr(attrs, "upper") ? [less, total - less] : [total - less, less];
	});
	const extents = spans.map(({ axis, extent, stride, reach }) => {
		const [before, after] = padding[axis] as readonly [number, number];
		const made = stride * (extent - 1) + reach + (extra[axis] as number) - before - after;
		if (made < 1) throw new InvalidRequestError(`a padding of [${before}, ${after}] leaves nothing of axis ${axis}`);
		return made;
	});
	return { extents, padding: convolutionPadding(spans, extents, padding) };
}

/** The convolution back sees the result with the cells that were cut off; what lies behind its last window is padding too. */
function convolutionPadding(
	spans: readonly Span[],
	extents: readonly number[],
	padding: readonly (readonly [number, number])[],
): (readonly [number, number])[] {
	return spans.map(({ axis, extent, stride, reach }) => {
		const [before] = padding[axis] as readonly [number, number];
		const needed = (extent - 1) * stride + reach;
		return [before, Math.max(0, needed - before - (extents[axis] as number))];
	});
}

/**
 * As Keras has it. Without `outputPadding`: the smallest map that uses every kernel cell, at least stride times the input.
 * With it: TensorFlow's smallest extent for the padding, plus that many cells (Keras 2 and 3).
 */
function ruledExtents(
	spans: readonly Span[],
	attrs: Attrs,
	kernel: readonly number[],
	dilations: readonly number[],
): Extents {
	const same = textAttr(attrs, "padding", ["valid", "same"], "valid") === "same";
	const extra = attrs.outputPadding == null ? undefined : perAxisAttr(attrs, "outputPadding", spans.length);
	const extents = spans.map(({ axis, extent, stride, reach }) => {
		if (extra === undefined) return same ? extent * stride : (extent - 1) * stride + Math.max(reach, stride);
		const added = extra[axis] as number;
		if (added >= stride)
			throw new InvalidRequestError(`the output padding ${added} must be smaller than the stride ${stride}`);
		return (extent - 1) * stride + (same ? reach % 2 : reach) + added;
	});
	const padding = spans.map(({ axis, stride }): readonly [number, number] =>
		same ? samePadding(extents[axis] as number, kernel[axis] as number, stride, dilations[axis]) : [0, 0],
	);
	return { extents, padding };
}

/** Each group of input channels by its own filters, results one behind the other. */
function inGroups(
	b: Builder,
	x: Value,
	kernel: Value,
	groups: number,
	convolve: (x: Value, kernel: Value) => Value,
): Value {
	if (groups === 1) return convolve(x, kernel);
	const channels = knownExtent(x, x.shape.length - 1);
	if (channels % groups !== 0 || kernel.shape.at(-1) !== channels)
		throw new InvalidRequestError(
			`${channels} channels and ${kernel.shape.at(-1)} filters do not divide into ${groups} groups`,
		);
	const sizes = new Array<number>(groups).fill(channels / groups);
	const parts = splitAxis(b, x, x.shape.length - 1, sizes);
	const filters = splitAxis(b, kernel, kernel.shape.length - 1, sizes);
	return concat(
		b,
		parts.map((part, group) => convolve(part, filters[group] as Value)),
		-1,
	);
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
