import type { SymbolicShape } from "../../shared/model";
import type { DType } from "../../shared/tensor";
import { Builder } from "../program/builder";
import { BATCH } from "../program/dims";
import type { Dim } from "../program/types";
import { type Blockage, lowerGraph } from "./lower";
import type { Graph, GraphPort } from "./types";

export interface ValueShape {
	/** `null` where the batch or a free extent of an input decides. */
	readonly shape: SymbolicShape;
	readonly dtype: DType;
}

export interface InferredShapes extends ReadonlyMap<string, ValueShape> {
	/** Values that cannot be computed, and why. */
	readonly blocked: ReadonlyMap<string, Blockage>;
}

const inferred = new WeakMap<Graph["nodes"], InferredShapes>();

/**
 * Shapes of all values that can be computed. Programs know every extent but the batch, so free extents of inputs are
 * bound to two different sizes in turn: what comes out different is free. An op that takes neither size (a window
 * larger than both) leaves its value out.
 */
export function inferShapes(graph: Graph): InferredShapes {
	const known = inferred.get(graph.nodes);
	if (known) return known;
	const first = lowerWith(graph, 0);
	const isFree = graph.inputs.some((port) => (port.fixed ? port.shape : port.shape.slice(1)).includes(null));
	const second = isFree ? lowerWith(graph, 1) : first;
	const shapes = new Map<string, ValueShape>();
	for (const [name, value] of first.values) {
		const other = second.values.get(name);
		const shape = value.shape.map((dim, axis) => (dim < 0 || (other && other.shape[axis] !== dim) ? null : dim));
		shapes.set(name, { shape, dtype: value.dtype });
	}
	const result: InferredShapes = Object.assign(shapes, { blocked: first.blocked });
	inferred.set(graph.nodes, result);
	return result;
}

function lowerWith(graph: Graph, binding: 0 | 1) {
	const shapes = Object.fromEntries(graph.inputs.map((port) => [port.name, boundShape(port, binding)]));
	return lowerGraph(new Builder(), graph, shapes);
}

/** Sizes for free extents: pictures large enough for any common network, sequences short. */
const FREE_EXTENTS: Readonly<Record<number, readonly [number, number]>> = { 4: [224, 288], 5: [32, 48] };
const FREE_SEQUENCE = [24, 40] as const;

/** The shape of an input with sizes for its free extents: `binding` chooses between two sets of them. */
export function boundShape({ shape, fixed }: GraphPort, binding: 0 | 1): Dim[] {
	const extents = FREE_EXTENTS[shape.length] ?? FREE_SEQUENCE;
	return shape.map((extent, axis) => (axis === 0 && !fixed ? BATCH : (extent ?? extents[binding])));
}
