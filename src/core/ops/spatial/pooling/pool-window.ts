import { InvalidRequestError } from "../../../../shared/errors";
import type { Value } from "../../../program/types";
import { samePadding } from "../../../program/vocabulary";
import { flagAttr, pairsAttr, perAxisAttr, textAttr } from "../../attributes";
import { knownExtent } from "../../numbers";
import type { Attrs } from "../../op";
import { spatialRank } from "../layout";

type Pair = readonly [before: number, after: number];

/** Windows on a channels-last map of known extents, one entry a spatial axis. */
export interface Window {
	readonly size: readonly number[];
	readonly strides: readonly number[];
	readonly dilations: readonly number[];
	/** As the file says it. */
	readonly declared: readonly Pair[];
	/** With what a last window that runs over the end needs. */
	readonly padding: readonly Pair[];
	/** Number of windows. */
	readonly made: readonly number[];
}

/** Whether TensorFlow's `valid` and `same` pools do: those have kernels of their own. */
export function isPlainWindow(attrs: Attrs): boolean {
	const { padding, dilations, ceil, countPadding } = attrs;
	return (
		(padding === undefined || padding === "valid" || padding === "same") &&
		dilations == null &&
		ceil !== true &&
		countPadding !== true
	);
}

export function poolWindow(map: Value, attrs: Attrs): Window {
	const rank = spatialRank(map);
	const size = perAxisAttr(attrs, "window", rank, 2);
	const strides = attrs.strides == null ? size : perAxisAttr(attrs, "strides", rank);
	const dilations = perAxisAttr(attrs, "dilations", rank, 1);
	const reach = size.map((cells, axis) => (cells - 1) * (dilations[axis] as number) + 1);
	const extents = size.map((_, axis) => knownExtent(map, axis + 1));
	const declared = declaredPadding(attrs, extents, size, strides, dilations);
	const made = reach.map((cells, axis) => {
		const [before, after] = declared[axis] as Pair;
		const [stride, extent] = [strides[axis] as number, extents[axis] as number];
		const steps = (before + extent + after - cells) / stride;
		if (!flagAttr(attrs, "ceil")) return Math.floor(steps) + 1;
		const windows = Math.ceil(steps) + 1;
		// A window must begin on the map or on the padding before it.
		return (windows - 1) * stride >= extent + before ? windows - 1 : windows;
	});
	for (const [axis, windows] of made.entries())
		if (windows < 1)
			throw new InvalidRequestError(`a window of ${reach[axis]} cells does not fit into ${extents[axis]} cells`);
	const padding = made.map((windows, axis): Pair => {
		const [before, after] = declared[axis] as Pair;
		const needed = (windows - 1) * (strides[axis] as number) + (reach[axis] as number);
		return [before, Math.max(after, needed - before - (extents[axis] as number))];
	});
	return { size, strides, dilations, declared, padding, made };
}

function declaredPadding(
	attrs: Attrs,
	extents: readonly number[],
	size: readonly number[],
	strides: readonly number[],
	dilations: readonly number[],
): Pair[] {
	if (Array.isArray(attrs.padding)) return pairsAttr(attrs, "padding", size.length);
	const mode = textAttr(attrs, "padding", ["valid", "same", "same_lower"], "valid");
	return extents.map((extent, axis): Pair => {
		if (mode === "valid") return [0, 0];
		const [before, after] = samePadding(extent, size[axis] as number, strides[axis] as number, dilations[axis]);
		return mode === "same" ? [before, after] : [after, before];
	});
}
