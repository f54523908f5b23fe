import type { Builder } from "../../../program/builder";
import { productOf } from "../../../program/dims";
import type { Dim, Value } from "../../../program/types";
import { add, binary, cast, maximum, minimum, mul, reshape, select, sub, unary } from "../../../program/vocabulary";
import { countAlong, gatherByExample } from "../../indexing/places";

/** The two cells beside a position on an axis of `extent` cells, and what each counts. */
export interface Neighbours {
	readonly cells: readonly [Value, Value];
	readonly weights: readonly [Value, Value];
}

/** Cells outside the axis count nothing. @param position float, 0 at the centre of the first cell */
export function neighbours(b: Builder, position: Value, extent: number): Neighbours {
	const low = unary(b, "floor", position);
	const share = sub(b, position, low);
	const inside = (cell: Value, weight: Value) =>
		select(b, binary(b, "logicalAnd", binary(b, "greaterEqual", cell, 0), binary(b, "less", cell, extent)), weight, 0);
	const clamped = (cell: Value) => cast(b, minimum(b, maximum(b, cell, 0), extent - 1), "int32");
	const high = add(b, low, 1);
	return {
		cells: [clamped(low), clamped(high)],
		weights: [inside(low, sub(b, 1, share)), inside(high, share)],
	};
}

/**
 * Bilinear samples of maps [M, H, W, C] at positions y and x [M, ...]: [M, ..., C]. Outside the map is 0.
 */
export function sampleBilinear(b: Builder, maps: Value, y: Value, x: Value): Value {
	const [count, height, width, channels] = maps.shape as [Dim, number, number, number];
	const rows = reshape(b, maps, [productOf([count, height, width]), channels]);
	const ys = neighbours(b, y, height);
	const xs = neighbours(b, x, width);
	const own = mul(b, countAlong(b, [count, ...y.shape.slice(1).map(() => 1)], 0), height * width);
	const corners = ([0, 1] as const).flatMap((i) =>
		([0, 1] as const).map((j) => {
			const place = add(b, own, add(b, mul(b, ys.cells[i], width), xs.cells[j]));
			const weight = mul(b, ys.weights[i], xs.weights[j]);
			return mul(b, gatherByExample(b, rows, place), reshape(b, weight, [...weight.shape, 1]));
		}),
	);
	return corners.reduce((sum, corner) => add(b, sum, corner));
}
