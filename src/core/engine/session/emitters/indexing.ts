import { integer } from "../../../program/attributes";
import type { ValueType } from "../../../program/types";
import { type Emission, type EmitterFamily, operand } from "../emitter";
import { attr, type Ref } from "../graph-writer";
import { transposeBy } from "./shape";

function gather(call: Emission): Ref {
	const { graph, attributes, type } = call;
	const axis = graph.scalar(integer(attributes, "axis"), "int32");
	const attrs = {
		Tparams: attr.type(type.dtype),
		Tindices: attr.type("int32"),
		Taxis: attr.type("int32"),
		batch_dims: attr.int(0),
	};
	return graph.node("GatherV2", [operand(call, 0), operand(call, 1), axis], attrs, type);
}

/** UnsortedSegment* join along the first axes: the indexed axes are brought there and the result's axis back. */
function scatter(op: string, call: Emission): Ref {
	const { graph, attributes, type } = call;
	const updates = operand(call, 0);
	const indices = operand(call, 1);
	const axis = integer(attributes, "axis");
	const indexed = indices.shape.length;
	const axes = updates.shape.map((_, i) => i);
	const before = axes.slice(0, axis);
	const after = axes.slice(axis + indexed);
	const leading =
		axis === 0 ? updates : transposeBy(graph, updates, [...axes.slice(axis, axis + indexed), ...before, ...after]);
	const extent = type.shape[axis] as number;
	const count = extent < 0 ? scaledBatch(call, -extent) : graph.scalar(extent, "int32");
	const joinedType: ValueType = {
		dtype: type.dtype,
		shape: [extent, ...[...before, ...after].map((i) => updates.shape[i] as number)],
	};
	const attrs = { T: attr.type(type.dtype), Tindices: attr.type("int32"), Tnumsegments: attr.type("int32") };
	const joined = graph.node(op, [leading, indices, count], attrs, joinedType);
	if (axis === 0) return joined;
	return transposeBy(graph, joined, [...before.map((_, i) => i + 1), 0, ...after.map((_, i) => i + 1 + axis)]);
}

function scaledBatch({ graph }: Emission, multiple: number): Ref {
	const n = graph.batch();
	return multiple === 1 ? n : graph.node("Mul", [n, graph.scalar(multiple, "int32")], { T: attr.type("int32") }, n);
}

function oneHot(call: Emission): Ref {
	const { graph, attributes, type } = call;
	const depth = graph.scalar(integer(attributes, "depth"), "int32");
	return graph.node(
		"OneHot",
		[operand(call, 0), depth, graph.scalar(1), graph.scalar(0)],
		{ T: attr.type("float32"), TI: attr.type("int32"), axis: attr.int(-1) },
		type,
	);
}

function topK(call: Emission): Ref {
	const { graph, attributes, type } = call;
	const x = operand(call, 0);
	const count = graph.scalar(integer(attributes, "count"), "int32");
	const values = graph.node(
		"TopKV2",
		[x, count],
		{ T: attr.type(x.dtype), sorted: attr.bool(true) },
		{ dtype: x.dtype, shape: type.shape },
	);
	return { ...type, name: `${values.name}:1` };
}

export const INDEXING: EmitterFamily = {
	gather,
	scatterAdd: (call) => scatter("UnsortedSegmentSum", call),
	scatterMax: (call) => scatter("UnsortedSegmentMax", call),
	scatterMin: (call) => scatter("UnsortedSegmentMin", call),
	scatterProd: (call) => scatter("UnsortedSegmentProd", call),
	oneHot,
	topK,
};
