import { downstream, upstream, valuesTaken } from "../graph/reach";
import { isPosition, tokenGrid } from "../program/token-grid";
import { channelAxisOf } from "../units/unit";
import type { Lowering } from "./lowerings";
import type { PlaceLayout } from "./model-session";

/**
 * How the value at a place lies: which axis holds channels, and which one tokens that were a grid. The way that tokens
 * came from the input outranks what the file's layers say about channels: `[batch, tokens, features]` has none of its own.
 */
export function layoutOf(lowering: Lowering, name: string, where: string, declared: number): PlaceLayout {
	const value = lowering.require(name, where);
	const { builder: b } = lowering;
	const shape = value.shape.slice(1);
	const channelAxis = channelAxisOf(declared, value.shape.length);
	for (const axis of value.shape.length !== 3 ? [] : channelAxis === 1 ? [2, 1] : [1, 2]) {
		const tokens = tokenGrid(b, value, axis);
		if (tokens) return { shape, channelAxis: 3 - axis, tokens, isSpatial: true };
	}
	const positions = shape.flatMap((extent, axis) => (axis + 1 === channelAxis || extent === 1 ? [] : [axis + 1]));
	return { shape, channelAxis, isSpatial: positions.every((axis) => isPosition(b, value, axis)) };
}

/** Whether nothing but affine ops and moves of elements lie between a value and those that are computed from it. */
export function isAffine(lowering: Lowering, from: string, to: ReadonlySet<string>): boolean {
	const { nodes } = lowering.lowered;
	const after = downstream(nodes, new Set([from]));
	const between = upstream(nodes, to);
	for (const { node, op } of nodes) {
		if (!node.outputs.some((name) => between.has(name)) || !valuesTaken(node).some((name) => after.has(name))) continue;
		// A param that depends on the value makes a product with the input.
		if (
			!node.inputs.some((name) => after.has(name)) ||
			Object.values(node.paramValues ?? {}).some((name) => after.has(name))
		)
			return false;
		if (op.kind !== "linear" && op.kind !== "shape") return false;
	}
	return [...to].every((name) => after.has(name));
}
