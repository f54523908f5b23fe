import { sizeOf } from "../../../../shared/tensor";
import { integers } from "../../../program/attributes";
import type { ValueType } from "../../../program/types";
import { type Emission, type EmitterFamily, operand } from "../emitter";
import { attr, type GraphWriter, type Ref } from "../graph-writer";
import { reshapeTo, sliceOf } from "./shape";

/**
 * Crops gather rows: the axes up to the last cropped one are counted through, what lies behind it moves as one piece.
 * A base that is small beside the crops is joined with the patches, so that one gather takes from both; of a large one
 * the copy would cost more than gathering twice.
 */
const MOST_JOINED = 8;

/** Coordinates of the result along one counted axis, in terms of the base: int32, to be broadcast over all of them. */
function coordinates(call: Emission, axis: number, at: Ref): Ref {
	const { graph, attributes, type } = call;
	const axes = integers(attributes, "axes");
	const counted = axes.at(-1) as number;
	const extent = type.shape[axis] as number;
	const steps = graph.constant(
		Int32Array.from({ length: extent }, (_, step) => step),
		Array.from({ length: counted + 1 }, (_, other) => (other === axis ? extent : 1)),
		"int32",
	);
	const column = axes.indexOf(axis);
	return column < 0 ? steps : int(graph, "AddV2", columnOf(call, at, column), steps);
}

/** One column of positions as [N, 1, ...]. */
function columnOf({ graph, attributes }: Emission, at: Ref, column: number): Ref {
	const n = at.shape[0] as number;
	const counted = integers(attributes, "axes").at(-1) as number;
	const taken = sliceOf(graph, at, [0, column], [-1, 1], [n, 1]);
	return reshapeTo(graph, taken, [n, ...new Array<number>(counted).fill(1)]);
}

function int(graph: GraphWriter, op: string, x: Ref, y: Ref): Ref {
	const shape = x.shape.map((extent, axis) => (extent === 1 ? (y.shape[axis] as number) : extent));
	const comparison = op === "Less" || op === "GreaterEqual";
	return graph.node(op, [x, y], { T: attr.type("int32") }, { dtype: comparison ? "bool" : "int32", shape });
}

/** A number as a tensor of the rank of coordinates. */
function number(graph: GraphWriter, value: number, rank: number): Ref {
	return graph.constant(Int32Array.of(value), new Array<number>(rank).fill(1), "int32");
}

/** Row-major index of the coordinates in counted axes of the given extents. */
function rowIndex(graph: GraphWriter, places: readonly Ref[], extents: readonly number[]): Ref {
	return places.reduce((sum, place, position) =>
		int(graph, "AddV2", int(graph, "Mul", sum, number(graph, extents[position] as number, place.shape.length)), place),
	);
}

function rowsOf(graph: GraphWriter, x: Ref, counted: number): Ref {
	const rows = x.shape.slice(0, counted + 1).reduce((product, extent) => product * extent, 1);
	return reshapeTo(graph, x, [rows, sizeOf(x.shape.slice(counted + 1))]);
}

function gatherRows(graph: GraphWriter, rows: Ref, index: Ref, shape: readonly number[]): Ref {
	const attrs = {
		Tparams: attr.type(rows.dtype),
		Tindices: attr.type("int32"),
		Taxis: attr.type("int32"),
		batch_dims: attr.int(0),
	};
	const type: ValueType = { dtype: rows.dtype, shape: [...index.shape, rows.shape[1] as number] };
	return reshapeTo(graph, graph.node("GatherV2", [rows, index, graph.scalar(0, "int32")], attrs, type), shape);
}

function crop(call: Emission): Ref {
	const { graph, attributes, type } = call;
	const base = operand(call, 0);
	const counted = integers(attributes, "axes").at(-1) as number;
	const places = Array.from({ length: counted }, (_, i) => coordinates(call, i + 1, operand(call, 1)));
	const index = rowIndex(graph, places, base.shape.slice(1, counted + 1));
	return gatherRows(graph, rowsOf(graph, base, counted), index, type.shape);
}

function cropPatched(call: Emission): Ref {
	const { graph, attributes, type } = call;
	const [base, patch, patchAt, at] = call.inputs as [Ref, Ref, Ref, Ref];
	const axes = integers(attributes, "axes");
	const counted = axes.at(-1) as number;
	const places = Array.from({ length: counted }, (_, i) => coordinates(call, i + 1, at));
	const baseIndex = rowIndex(graph, places, base.shape.slice(1, counted + 1));

	let inside: Ref | undefined;
	const inPatch = places.map((place, i) => {
		const column = axes.indexOf(i + 1);
		if (column < 0) return place;
		const relative = int(graph, "Sub", place, columnOf(call, patchAt, column));
		const rank = counted + 1;
		const behind = int(graph, "GreaterEqual", relative, number(graph, 0, rank));
		const before = int(graph, "Less", relative, number(graph, patch.shape[i + 1] as number, rank));
		inside = both(graph, inside, both(graph, behind, before));
		return relative;
	});
	const example = examples(graph, counted);
	const patchIndex = rowIndex(graph, [example, ...inPatch], patch.shape.slice(0, counted + 1));
	const isInside = inside as Ref;
	const patchRows = rowsOf(graph, patch, counted);
	const baseRows = rowsOf(graph, base, counted);
	const row: ValueType = { dtype: "int32", shape: baseIndex.shape };

	if (sizeOf(base.shape) <= MOST_JOINED * sizeOf(type.shape.slice(1))) {
		// Rows of the base first: their number is known.
		const rows = graph.node(
			"ConcatV2",
			[baseRows, patchRows, graph.scalar(0, "int32")],
			{ N: attr.int(2), T: attr.type(type.dtype), Tidx: attr.type("int32") },
			{ dtype: type.dtype, shape: [-1, patchRows.shape[1] as number] },
		);
		const behindBase = int(graph, "AddV2", patchIndex, number(graph, baseRows.shape[0] as number, counted + 1));
		const index = graph.node("SelectV2", [isInside, behindBase, baseIndex], { T: attr.type("int32") }, row);
		return gatherRows(graph, rows, index, type.shape);
	}
	const zero = number(graph, 0, counted + 1);
	const safe = graph.node("SelectV2", [isInside, patchIndex, zero], { T: attr.type("int32") }, row);
	const taken = gatherRows(graph, patchRows, safe, type.shape);
	const around = gatherRows(graph, baseRows, baseIndex, type.shape);
	const mask = reshapeTo(graph, isInside, [...isInside.shape, ...type.shape.slice(counted + 1).map(() => 1)]);
	return graph.node("SelectV2", [mask, taken, around], { T: attr.type(type.dtype) }, type);
}

function both(graph: GraphWriter, x: Ref | undefined, y: Ref): Ref {
	if (!x) return y;
	const shape = x.shape.map((extent, axis) => (extent === 1 ? (y.shape[axis] as number) : extent));
	return graph.node("LogicalAnd", [x, y], {}, { dtype: "bool", shape });
}

/** 0 to N - 1 as [N, 1, ...]. */
function examples(graph: GraphWriter, counted: number): Ref {
	const ends = [graph.scalar(0, "int32"), graph.batch(), graph.scalar(1, "int32")];
	const range = graph.node("Range", ends, { Tidx: attr.type("int32") }, { dtype: "int32", shape: [-1] });
	return reshapeTo(graph, range, [-1, ...new Array<number>(counted).fill(1)]);
}

export const CROPPING: EmitterFamily = { crop, cropPatched };
