import { InvalidRequestError } from "../../../../shared/errors";
import type { Builder } from "../../../program/builder";
import { formatShape, productOf } from "../../../program/dims";
import type { Dim, Value } from "../../../program/types";
import { add, constant, matmul, mul, reshape, slice, transpose } from "../../../program/vocabulary";
import { numberAttr, pairsAttr, perAxisAttr } from "../../attributes";
import { asFloat, inputAt, knownExtent } from "../../numbers";
import type { Attrs, OpDefinition } from "../../op";
import { sampleBilinear } from "../resizing/sampling";

/** Where each cell of the kernel lies for each position of the result, before offsets: [1, 1, kernel, oh, ow]. */
function regularGrid(b: Builder, kernel: readonly number[], made: readonly number[], attrs: Attrs, axis: 0 | 1): Value {
	const [kh, kw] = kernel as [number, number];
	const [oh, ow] = made as [number, number];
	const stride = perAxisAttr(attrs, "strides", 2, 1)[axis] as number;
	const dilation = perAxisAttr(attrs, "dilations", 2, 1)[axis] as number;
	const [before] = pairsAttr(attrs, "padding", 2)[axis] as [number, number];
	const data = new Float32Array(kh * kw * oh * ow);
	let at = 0;
	for (let cell = 0; cell < kh * kw; cell++)
		for (let place = 0; place < oh * ow; place++) {
			const [k, o] = axis === 0 ? [Math.floor(cell / kw), Math.floor(place / ow)] : [cell % kw, place % ow];
			data[at++] = o * stride - before + k * dilation;
		}
	return constant(b, data, [1, 1, kh * kw, oh, ow]);
}

/**
 * Deformable convolution (Zhu et al. 2019, Deformable ConvNets v2), channels first: x [N, C, H, W], kernel
 * [out, C / groups, kh, kw], offsets [N, offset groups x kh x kw x 2, oh, ow] (row, column), bias [out] and
 * mask [N, offset groups x kh x kw, oh, ow]; attrs: `strides`, `dilations`, `padding`, `groups`, `offsetGroups`,
 * `hasBias`, `hasMask`
 */
function deformableConvolution(b: Builder, inputs: readonly Value[], attrs: Attrs): Value {
	const [x, kernel, offsets] = [0, 1, 2].map((index) => asFloat(b, inputAt(inputs, index))) as [Value, Value, Value];
	const bias = attrs.hasBias ? inputAt(inputs, 3) : undefined;
	const mask = attrs.hasMask ? inputAt(inputs, attrs.hasBias ? 4 : 3) : undefined;
	if (x.shape.length !== 4 || kernel.shape.length !== 4)
		throw new InvalidRequestError(
			`only images (N, C, H, W) are convolved deformably, but ${formatShape(x.shape)} was given`,
		);
	const [n, channels, height, width] = x.shape as [Dim, number, number, number];
	const [out, , kh, kw] = kernel.shape as [number, number, number, number];
	const groups = numberAttr(attrs, "groups", 1);
	const offsetGroups = numberAttr(attrs, "offsetGroups", 1);
	const [oh, ow] = [knownExtent(offsets, 2), knownExtent(offsets, 3)];
	const cells = kh * kw;
	const shared = channels / offsetGroups;

	const pairs = reshape(b, offsets, [n, offsetGroups, cells, 2, oh, ow]);
	const position = (axis: 0 | 1) => {
		const own = slice(b, pairs, [0, 0, 0, axis, 0, 0], [-1, -1, -1, 1, -1, -1]);
		const shifted = add(
			b,
			reshape(b, own, [n, offsetGroups, cells, oh, ow]),
			regularGrid(b, [kh, kw], [oh, ow], attrs, axis),
		);
		return reshape(b, shifted, [productOf([n, offsetGroups]), cells, oh, ow]);
	};
	const maps = reshape(b, transpose(b, reshape(b, x, [n, offsetGroups, shared, height, width]), [0, 1, 3, 4, 2]), [
		productOf([n, offsetGroups]),
		height,
		width,
		shared,
	]);
	let samples = sampleBilinear(b, maps, position(0), position(1));
	if (mask) samples = mul(b, samples, reshape(b, asFloat(b, mask), [...samples.shape.slice(0, -1), 1]));

	// [N, offset groups, cells, oh, ow, shared] to [N, groups, oh ow, channels of a group x cells].
	const inOrder = transpose(b, reshape(b, samples, [n, offsetGroups, cells, oh, ow, shared]), [0, 1, 5, 2, 3, 4]);
	const grouped = reshape(b, inOrder, [n, groups, (channels / groups) * cells, oh * ow]);
	const weights = reshape(b, kernel, [1, groups, out / groups, (channels / groups) * cells]);
	const y = reshape(b, matmul(b, weights, grouped), [n, out, oh, ow]);
	return bias ? add(b, y, reshape(b, asFloat(b, bias), [1, out, 1, 1])) : y;
}

export const DEFORMABLE: OpDefinition = {
	op: "DeformableConv2D",
	kind: "opaque",
	forward: (b, inputs, _params, attrs) => [deformableConvolution(b, inputs, attrs)],
};
