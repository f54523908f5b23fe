import { poolAttributes } from "../../../program/primitives/pooling";
import type { PoolAttributes } from "../../../program/vocabulary";
import { type Emission, type Emitter, type EmitterFamily, operand } from "../emitter";
import { attr, type GraphWriter, type Ref } from "../graph-writer";
import type { AttrMessage } from "../saved-model-proto";
import { reshapeTo } from "./shape";

function attributesOf(a: PoolAttributes): Record<string, AttrMessage> {
	return {
		T: attr.type("float32"),
		ksize: attr.ints([1, ...a.window, 1]),
		strides: attr.ints([1, ...a.strides, 1]),
		padding: attr.text(a.padding.toUpperCase()),
		data_format: attr.text(a.window.length === 2 ? "NHWC" : "NDHWC"),
	};
}

function pool(op: string, rank: 2 | 3): Emitter {
	return (call): Ref =>
		call.graph.node(op, call.inputs, attributesOf(poolAttributes(call.attributes, rank)), call.type);
}

function largest(graph: GraphWriter, x: Ref, a: PoolAttributes, shape: readonly number[]): Ref {
	const attrs = { ...attributesOf(a), explicit_paddings: attr.ints([]) };
	return graph.node("MaxPool", [x], attrs, { dtype: "float32", shape });
}

function largestGrad(graph: GraphWriter, x: Ref, y: Ref, dy: Ref, a: PoolAttributes): Ref {
	return graph.node("MaxPoolGrad", [x, y, dy], { ...attributesOf(a), explicit_paddings: attr.ints([]) }, x);
}

function maxPool2d(call: Emission): Ref {
	return largest(call.graph, operand(call, 0), poolAttributes(call.attributes, 2), call.type.shape);
}

function maxPool2dGrad(call: Emission): Ref {
	const [x, y, dy] = call.inputs as [Ref, Ref, Ref];
	return largestGrad(call.graph, x, y, dy, poolAttributes(call.attributes, 2));
}

/**
 * Where TensorFlow computes without oneDNN, MaxPool3DGrad sends the gradient to all of several equal maxima. Two
 * pools of two axes each, over the map and then over depth, send it to the first.
 */
function maxPool3dGrad(call: Emission): Ref {
	const { graph } = call;
	const [x, y, dy] = call.inputs as [Ref, Ref, Ref];
	const { window, strides, padding } = poolAttributes(call.attributes, 3);
	const [n, d, h, w, c] = x.shape as [number, number, number, number, number];
	const [, depth, height, width] = y.shape as [number, number, number, number];
	const overMap: PoolAttributes = { window: window.slice(1), strides: strides.slice(1), padding };
	const overDepth: PoolAttributes = { window: [window[0] as number, 1], strides: [strides[0] as number, 1], padding };
	const slices = reshapeTo(graph, x, [n * d, h, w, c]);
	const ofSlices = largest(graph, slices, overMap, [n * d, height, width, c]);
	const columns = reshapeTo(graph, ofSlices, [n, d, height * width, c]);
	const pooled = [n, depth, height * width, c];
	const toColumns = largestGrad(graph, columns, reshapeTo(graph, y, pooled), reshapeTo(graph, dy, pooled), overDepth);
	const toSlices = reshapeTo(graph, toColumns, ofSlices.shape);
	return reshapeTo(graph, largestGrad(graph, slices, ofSlices, toSlices, overMap), x.shape);
}

function avgPoolGrad(op: string, rank: 2 | 3): Emitter {
	return (call): Ref =>
		call.graph.node(
			op,
			[call.graph.shapeVector(call.type.shape), operand(call, 0)],
			attributesOf(poolAttributes(call.attributes, rank)),
			call.type,
		);
}

export const POOLS: EmitterFamily = {
	maxPool2d,
	maxPool2dGrad,
	avgPool2d: pool("AvgPool", 2),
	avgPool2dGrad: avgPoolGrad("AvgPoolGrad", 2),
	maxPool3d: pool("MaxPool3D", 3),
	maxPool3dGrad,
	avgPool3d: pool("AvgPool3D", 3),
	avgPool3dGrad: avgPoolGrad("AvgPool3DGrad", 3),
};
