import { convolutionAttributes } from "../../../program/primitives/convolution";
import type { ConvolutionAttributes } from "../../../program/vocabulary";
import { type Emission, type EmitterFamily, operand } from "../emitter";
import type { Ref } from "../graph-writer";
import { geometryOf } from "./convolution";
import { everyNth, spread } from "./shape";
import { convolution2dAttributes, dilatedKernel } from "./window";

/** The depthwise kernels know no dilation on CPU, and one stride for both axes only. */
function withoutDilation(a: ConvolutionAttributes): ConvolutionAttributes {
	return { ...a, dilations: [1, 1] };
}

const isSquare = (a: ConvolutionAttributes) => a.strides[0] === a.strides[1];

function depthwiseConv2d(call: Emission): Ref {
	const { graph, type } = call;
	const x = operand(call, 0);
	const given = convolutionAttributes(call.attributes, 2);
	const kernel = dilatedKernel(graph, operand(call, 1), given.dilations);
	const a = withoutDilation(given);
	if (isSquare(a))
		return graph.node(
			"DepthwiseConv2dNative",
			[x, kernel],
			convolution2dAttributes(geometryOf(x.shape, kernel.shape, a)),
			type,
		);
	const dense = geometryOf(x.shape, kernel.shape, { ...a, strides: [1, 1] });
	const extents = denseExtents(x.shape, kernel.shape, a);
	let result = graph.node("DepthwiseConv2dNative", [x, kernel], convolution2dAttributes(dense), {
		dtype: "float32",
		shape: [x.shape[0] as number, ...extents, type.shape[3] as number],
	});
	for (const [axis, stride] of a.strides.entries()) {
		if (stride > 1) result = everyNth(graph, result, axis + 1, 0, type.shape[axis + 1] as number, stride);
	}
	return result;
}

function depthwiseConv2dInputGrad(call: Emission): Ref {
	const { graph, type } = call;
	let dy = operand(call, 0);
	const given = convolutionAttributes(call.attributes, 2);
	const kernel = dilatedKernel(graph, operand(call, 1), given.dilations);
	let a = withoutDilation(given);
	if (!isSquare(a)) {
		const extents = denseExtents(type.shape, kernel.shape, a);
		for (const [axis, stride] of a.strides.entries()) dy = spread(graph, dy, axis + 1, stride, extents[axis] as number);
		a = { ...a, strides: [1, 1] };
	}
	const attrs = convolution2dAttributes(geometryOf(type.shape, kernel.shape, a));
	return graph.node("DepthwiseConv2dNativeBackpropInput", [graph.shapeVector(type.shape), kernel, dy], attrs, type);
}

/** Spatial extents of the convolution's result at stride 1. */
function denseExtents(mapShape: readonly number[], kernelShape: readonly number[], a: ConvolutionAttributes): number[] {
	return a.padding.map(
		([before, after], axis) => (mapShape[axis + 1] as number) + before + after - (kernelShape[axis] as number) + 1,
	);
}

export const DEPTHWISE: EmitterFamily = { depthwiseConv2d, depthwiseConv2dInputGrad };
