import type { Builder } from "../../../program/builder";
import type { Value } from "../../../program/types";
import { add, binary, constant, mul, pad, select } from "../../../program/vocabulary";
import { textAttr } from "../../attributes";
import { countAlong } from "../../indexing/places";
import { asFloat, inputAt, knownExtent } from "../../numbers";
import type { Attrs, OpDefinition } from "../../op";
import { onChannelsLast } from "../layout";
import { poolWindow } from "./pool-window";
import { LOWEST, spread } from "./pooling";

/** Places of the cells of a map, row by row, or column by column: [1, ...spatial, 1]. */
function cellPlaces(b: Builder, extents: readonly number[], order: "rows" | "columns"): Value {
	const strides = extents.map((_, axis) => {
		const inner = order === "rows" ? extents.slice(axis + 1) : extents.slice(0, axis);
		return inner.reduce((product, extent) => product * extent, 1);
	});
	const shape = [1, ...extents, 1];
	const parts = extents.map((_, axis) => mul(b, countAlong(b, shape, axis + 1), strides[axis] as number));
	return parts.reduce((sum, part) => add(b, sum, part), constant(b, 0, [], "int32"));
}

/**
 * Where the maximum of each window lies in the whole tensor [N, C, ...spatial], for ONNX' MaxPool; of equal ones the
 * first. attrs: as of MaxPool, and `order` of the cells of a map (`rows`, `columns`)
 */
function places(b: Builder, x: Value, attrs: Attrs): Value {
	return onChannelsLast(b, asFloat(b, x), attrs, (map) => {
		const window = poolWindow(map, attrs);
		const rank = window.size.length;
		const extents = window.size.map((_, axis) => knownExtent(map, axis + 1));
		const channels = knownExtent(map, rank + 1);
		const cells = extents.reduce((product, extent) => product * extent, 1);
		const around = [[0, 0], ...window.padding, [0, 0]] as const;
		const values = spread(b, pad(b, map, around, LOWEST), window);
		const own = cellPlaces(b, extents, textAttr(attrs, "order", ["rows", "columns"], "rows"));
		const cellsOf = spread(b, pad(b, own, around), window);
		let [best, place] = [values[0] as Value, cellsOf[0] as Value];
		for (const [index, value] of values.entries()) {
			if (index === 0) continue;
			const better = binary(b, "greater", value, best);
			best = select(b, better, value, best);
			place = select(b, better, cellsOf[index] as Value, place);
		}
		const ones = map.shape.map(() => 1);
		const shapeOn = (axis: number) => ones.map((one, i) => (i === axis ? (map.shape[i] as number) : one));
		const example = mul(b, countAlong(b, shapeOn(0), 0), channels * cells);
		const channel = mul(b, countAlong(b, shapeOn(rank + 1), rank + 1), cells);
		return add(b, add(b, example, channel), place);
	});
}

export const POOL_PLACES: OpDefinition = {
	op: "MaxPoolPlaces",
	kind: "opaque",
	forward: (b, inputs, _params, attrs) => [places(b, inputAt(inputs, 0), attrs)],
};
