import { integers } from "../../../program/attributes";
import { convolutionAttributes } from "../../../program/primitives/convolution";
import type { ConvolutionAttributes } from "../../../program/vocabulary";
import { type Emission, type EmitterFamily, operand } from "../emitter";
import type { GraphWriter, Ref } from "../graph-writer";
import { matrixProduct, rowCount } from "./matmul";
import { everyNth, reshapeTo } from "./shape";
import { convolution2dAttributes, dilatedKernel, towardsMap, type WindowGeometry } from "./window";

const ONES = [1, 1];

export function geometryOf(
	mapShape: readonly number[],
	kernelShape: readonly number[],
	a: ConvolutionAttributes,
): WindowGeometry {
	return { ...a, spatial: mapShape.slice(1, -1), kernel: kernelShape.slice(0, -2) };
}

function conv2d(call: Emission): Ref {
	const x = operand(call, 0);
	const kernel = operand(call, 1);
	const a = convolutionAttributes(call.attributes, 2);
	return call.graph.node(
		"Conv2D",
		[x, kernel],
		convolution2dAttributes(geometryOf(x.shape, kernel.shape, a)),
		call.type,
	);
}

function conv2dInputGrad(call: Emission): Ref {
	const { graph, type } = call;
	const dy = operand(call, 0);
	const a = convolutionAttributes(call.attributes, 2);
	const product = pointwiseGrad(graph, dy, operand(call, 1), a, type.shape);
	if (product) return product;
	const kernel = dilatedKernel(graph, operand(call, 1), a.dilations);
	const geometry = geometryOf(type.shape, kernel.shape, { ...a, dilations: ONES });
	return towardsMap(graph, type.shape, geometry, (shape, around) =>
		graph.node("Conv2DBackpropInput", [graph.shapeVector(shape), kernel, dy], convolution2dAttributes(around), {
			dtype: "float32",
			shape,
		}),
	);
}

/**
 * The gradient of a 1 x 1 convolution that looks at each position is a matrix product. Without AVX-512 oneDNN has no good
 * kernel for it as a gradient (8 maps of 7 x 7 x 1024: 55 ms; as a product 13); with AVX-512 both take as long.
 */
function pointwiseGrad(
	graph: GraphWriter,
	dy: Ref,
	kernel: Ref,
	{ strides }: ConvolutionAttributes,
	shape: readonly number[],
): Ref | undefined {
	const [height, width, taken, made] = kernel.shape as [number, number, number, number];
	const rows = rowCount(dy.shape.slice(0, -1));
	const looksAtEach =
		strides.every((stride) => stride === 1) && dy.shape.slice(0, -1).join() === shape.slice(0, -1).join();
	if (height !== 1 || width !== 1 || !looksAtEach || rows === undefined) return undefined;
	const flat = reshapeTo(graph, dy, [rows, made]);
	const weights = reshapeTo(graph, kernel, [taken, made]);
	return reshapeTo(graph, matrixProduct(graph, flat, weights, false, true, [rows, taken]), shape);
}

/** Dilation is unknown to the CPU kernel: the gradient of the kernel with zeros written out holds that of the kernel. */
function conv2dFilterGrad(call: Emission): Ref {
	const { graph } = call;
	const x = operand(call, 0);
	const a = convolutionAttributes(call.attributes, 2);
	const kernelShape = integers(call.attributes, "filterShape");
	const reach = kernelShape.map((cells, axis) => (axis < 2 ? (cells - 1) * (a.dilations[axis] as number) + 1 : cells));
	const geometry = geometryOf(x.shape, reach, { ...a, dilations: ONES });
	const attrs = convolution2dAttributes(geometry);
	let gradient = graph.node("Conv2DBackpropFilter", [x, graph.ints(reach), operand(call, 1)], attrs, {
		dtype: "float32",
		shape: reach,
	});
	for (const [axis, dilation] of a.dilations.entries()) {
		if (dilation > 1) gradient = everyNth(graph, gradient, axis, 0, kernelShape[axis] as number, dilation);
	}
	return gradient;
}

export const CONVOLUTIONS: EmitterFamily = { conv2d, conv2dInputGrad, conv2dFilterGrad };
