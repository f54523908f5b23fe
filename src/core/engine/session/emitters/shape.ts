import { integer, integers, number, pairs, text } from "../../../program/attributes";
import type { ValueType } from "../../../program/types";
import { type Emission, type EmitterFamily, operand } from "../emitter";
import { attr, type GraphWriter, type Ref } from "../graph-writer";

export function reshapeTo(graph: GraphWriter, x: Ref, shape: readonly number[]): Ref {
	return graph.node(
		"Reshape",
		[x, graph.reshapeVector(shape)],
		{ T: attr.type(x.dtype), Tshape: attr.type("int32") },
		{ dtype: x.dtype, shape },
	);
}

export function transposeBy(graph: GraphWriter, x: Ref, permutation: readonly number[]): Ref {
	const type: ValueType = { dtype: x.dtype, shape: permutation.map((axis) => x.shape[axis] as number) };
	return graph.node(
		"Transpose",
		[x, graph.ints(permutation)],
		{ T: attr.type(x.dtype), Tperm: attr.type("int32") },
		type,
	);
}

/** Takes `size` elements from `begin` on; -1 takes the rest. `shape` is that of the result. */
export function sliceOf(
	graph: GraphWriter,
	x: Ref,
	begin: readonly number[],
	size: readonly number[],
	shape: readonly number[],
): Ref {
	return graph.node(
		"Slice",
		[x, graph.ints(begin), graph.ints(size)],
		{ T: attr.type(x.dtype), Index: attr.type("int32") },
		{ dtype: x.dtype, shape },
	);
}

/** Pads with zeros, [before, after] for each axis. */
export function zeroPad(graph: GraphWriter, x: Ref, paddings: readonly (readonly [number, number])[]): Ref {
	const shape = x.shape.map((extent, axis) => {
		const [before, after] = paddings[axis] as readonly [number, number];
		return before + after === 0 ? extent : extent + before + after;
	});
	return graph.node(
		"Pad",
		[x, graph.pairs(paddings)],
		{ T: attr.type(x.dtype), Tpaddings: attr.type("int32") },
		{ dtype: x.dtype, shape },
	);
}

/** Elements `begin`, `begin + stride`, ... of one axis, `count` of them. */
export function everyNth(graph: GraphWriter, x: Ref, axis: number, begin: number, count: number, stride: number): Ref {
	const end = count === 0 ? begin : begin + (count - 1) * stride + Math.sign(stride);
	const at = (value: number, rest: number) => graph.ints(x.shape.map((_, i) => (i === axis ? value : rest)));
	const others = x.shape.reduce((mask, _, i) => (i === axis ? mask : mask | (1 << i)), 0);
	const attrs = {
		T: attr.type(x.dtype),
		Index: attr.type("int32"),
		begin_mask: attr.int(others),
		// "Past the first" has no number of its own: -1 would count from the end.
		end_mask: attr.int(end < 0 ? others | (1 << axis) : others),
		ellipsis_mask: attr.int(0),
		new_axis_mask: attr.int(0),
		shrink_axis_mask: attr.int(0),
	};
	const type: ValueType = { dtype: x.dtype, shape: x.shape.map((extent, i) => (i === axis ? count : extent)) };
	return graph.node("StridedSlice", [x, at(begin, 0), at(Math.max(end, 0), 0), at(stride, 1)], attrs, type);
}

/**
 * Puts `step - 1` zeros between the elements of an axis and cuts or fills it to `extent`: a dilated kernel, or the
 * gradient of a strided result laid out at stride 1.
 */
export function spread(graph: GraphWriter, x: Ref, axis: number, step: number, extent: number): Ref {
	const count = x.shape[axis] as number;
	let result = x;
	if (step > 1) {
		const split = reshapeTo(graph, x, [...x.shape.slice(0, axis + 1), 1, ...x.shape.slice(axis + 1)]);
		const padded = zeroPad(
			graph,
			split,
			split.shape.map((_, i): [number, number] => (i === axis + 1 ? [0, step - 1] : [0, 0])),
		);
		result = reshapeTo(graph, padded, [...x.shape.slice(0, axis), count * step, ...x.shape.slice(axis + 1)]);
	}
	const shape = result.shape.map((old, i) => (i === axis ? extent : old));
	const excess = (result.shape[axis] as number) - extent;
	if (excess > 0) {
		const begin = shape.map(() => 0);
		const size = shape.map((_, i) => (i === axis ? extent : -1));
		return sliceOf(graph, result, begin, size, shape);
	}
	if (excess < 0) {
		return zeroPad(
			graph,
			result,
			shape.map((_, i): [number, number] => (i === axis ? [0, -excess] : [0, 0])),
		);
	}
	return result;
}

function pad(call: Emission): Ref {
	const { graph, attributes, type } = call;
	const x = operand(call, 0);
	const paddings = pairs(attributes, "paddings");
	const value = number(attributes, "value");
	if (value === 0) return zeroPad(graph, x, paddings);
	const attrs = { T: attr.type(x.dtype), Tpaddings: attr.type("int32") };
	return graph.node("PadV2", [x, graph.pairs(paddings), graph.scalar(value, x.dtype)], attrs, type);
}

function mirrorPad(call: Emission): Ref {
	const { graph, attributes, type } = call;
	const attrs = {
		T: attr.type(type.dtype),
		Tpaddings: attr.type("int32"),
		mode: attr.text(text(attributes, "mode").toUpperCase()),
	};
	return graph.node("MirrorPad", [operand(call, 0), graph.pairs(pairs(attributes, "paddings"))], attrs, type);
}

function concat({ graph, inputs, attributes, type }: Emission): Ref {
	// ConcatV2 takes two or more.
	if (inputs.length === 1) return inputs[0] as Ref;
	const axis = graph.scalar(integer(attributes, "axis"), "int32");
	return graph.node(
		"ConcatV2",
		[...inputs, axis],
		{ N: attr.int(inputs.length), T: attr.type(type.dtype), Tidx: attr.type("int32") },
		type,
	);
}

export const SHAPES: EmitterFamily = {
	reshape: (call) => reshapeTo(call.graph, operand(call, 0), call.type.shape),
	transpose: (call) => transposeBy(call.graph, operand(call, 0), integers(call.attributes, "permutation")),
	concat,
	slice: (call) =>
		sliceOf(
			call.graph,
			operand(call, 0),
			integers(call.attributes, "begin"),
			integers(call.attributes, "size"),
			call.type.shape,
		),
	stridedSlice: (call) => {
		const axis = integer(call.attributes, "axis");
		const begin = integer(call.attributes, "begin");
		return everyNth(
			call.graph,
			operand(call, 0),
			axis,
			begin,
			call.type.shape[axis] as number,
			integer(call.attributes, "stride"),
		);
	},
	pad,
	mirrorPad,
	broadcastTo: (call) => {
		const { graph, type } = call;
		return graph.node(
			"BroadcastTo",
			[operand(call, 0), graph.shapeVector(type.shape)],
			{ T: attr.type(type.dtype), Tidx: attr.type("int32") },
			type,
		);
	},
	shapeOf: (call) => {
		const { graph, type } = call;
		const x = operand(call, 0);
		return graph.node("Shape", [x], { T: attr.type(x.dtype), out_type: attr.type("int32") }, type);
	},
	tile: (call) => {
		const { graph, type } = call;
		const multiples = graph.ints(integers(call.attributes, "multiples"));
		return graph.node(
			"Tile",
			[operand(call, 0), multiples],
			{ T: attr.type(type.dtype), Tmultiples: attr.type("int32") },
			type,
		);
	},
	reverse: (call) => {
		const { graph, type } = call;
		return graph.node(
			"ReverseV2",
			[operand(call, 0), graph.ints(integers(call.attributes, "axes"))],
			{ T: attr.type(type.dtype), Tidx: attr.type("int32") },
			type,
		);
	},
};
