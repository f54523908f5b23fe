import { poolAttributes } from "../../../program/primitives/pooling";
import { attr, type Ref } from "../graph-writer";
import type { AttrMessage } from "../saved-model-proto";
import { type Emission, type Emitter, type EmitterFamily, operand } from "./emitter";

function attributesOf(call: Emission, rank: 2 | 3): Record<string, AttrMessage> {
	const { window, strides, padding } = poolAttributes(call.attributes, rank);
	return {
		T: attr.type("float32"),
		ksize: attr.ints([1, ...window, 1]),
		strides: attr.ints([1, ...strides, 1]),
		padding: attr.text(padding.toUpperCase()),
		data_format: attr.text(rank === 2 ? "NHWC" : "NDHWC"),
	};
}

function pool(op: string, rank: 2 | 3): Emitter {
	return (call): Ref => call.graph.node(op, call.inputs, attributesOf(call, rank), call.type);
}

function maxPool2d(call: Emission): Ref {
	return call.graph.node(
		"MaxPool",
		call.inputs,
		{ ...attributesOf(call, 2), explicit_paddings: attr.ints([]) },
		call.type,
	);
}

function maxPool2dGrad(call: Emission): Ref {
	return call.graph.node(
		"MaxPoolGrad",
		call.inputs,
		{ ...attributesOf(call, 2), explicit_paddings: attr.ints([]) },
		call.type,
	);
}

function maxPool3dGrad(call: Emission): Ref {
	return call.graph.node(
		"MaxPool3DGrad",
		call.inputs,
		{ ...attributesOf(call, 3), TInput: attr.type("float32") },
		call.type,
	);
}

function avgPoolGrad(op: string, rank: 2 | 3): Emitter {
	return (call): Ref =>
		call.graph.node(
			op,
			[call.graph.shapeVector(call.type.shape), operand(call, 0)],
			attributesOf(call, rank),
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
