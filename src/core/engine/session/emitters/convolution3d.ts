import { convolutionAttributes } from "../../../program/primitives/convolution";
import { type Emission, type EmitterFamily, operand } from "../emitter";
import { attr, type Ref } from "../graph-writer";
import type { AttrMessage } from "../saved-model-proto";
import { geometryOf } from "./convolution";
import { sliceOf, zeroPad } from "./shape";
import { aroundMap, dilatedKernel, namedPadding, type Pairs } from "./window";

const ONES = [1, 1, 1];

function convolution3dAttributes(strides: readonly number[], padding: "VALID" | "SAME"): Record<string, AttrMessage> {
	return {
		T: attr.type("float32"),
		strides: attr.ints([1, ...strides, 1]),
		dilations: attr.ints([1, 1, 1, 1, 1]),
		padding: attr.text(padding),
		data_format: attr.text("NDHWC"),
	};
}

/** The three-dimensional ops know no dilation on CPU and no explicit padding: both are written out. */
function prepared(
	call: Emission,
	mapShape: readonly number[],
): { kernel: Ref; strides: readonly number[]; padding: Pairs; named: "VALID" | "SAME" | undefined } {
	const a = convolutionAttributes(call.attributes, 3);
	const kernel = dilatedKernel(call.graph, operand(call, 1), a.dilations);
	const named = namedPadding(geometryOf(mapShape, kernel.shape, { ...a, dilations: ONES }));
	return { kernel, strides: a.strides, padding: aroundMap(a.padding), named };
}

function conv3d(call: Emission): Ref {
	const { graph, type } = call;
	const x = operand(call, 0);
	const { kernel, strides, padding, named } = prepared(call, x.shape);
	const map = named ? x : zeroPad(graph, x, padding);
	return graph.node("Conv3D", [map, kernel], convolution3dAttributes(strides, named ?? "VALID"), type);
}

function conv3dInputGrad(call: Emission): Ref {
	const { graph, type } = call;
	const dy = operand(call, 0);
	const { kernel, strides, padding, named } = prepared(call, type.shape);
	const shape = named
		? type.shape
		: type.shape.map((extent, axis) => (axis === 0 || axis === 4 ? extent : extent + sum(padding[axis])));
	const attrs = { ...convolution3dAttributes(strides, named ?? "VALID"), Tshape: attr.type("int32") };
	const gradient = graph.node("Conv3DBackpropInputV2", [graph.shapeVector(shape), kernel, dy], attrs, {
		dtype: "float32",
		shape,
	});
	if (named) return gradient;
	const begin = padding.map(([before]) => before);
	const size = type.shape.map((extent, axis) => (axis === 0 ? -1 : extent));
	return sliceOf(graph, gradient, begin, size, type.shape);
}

function sum(padding: readonly [number, number] | undefined): number {
	return padding ? padding[0] + padding[1] : 0;
}

export const CONVOLUTIONS_3D: EmitterFamily = { conv3d, conv3dInputGrad };
