import type { ColormapId, ValueRange } from "../../src/shared/colormap";
import type { FilterSet } from "../../src/shared/protocol";
import { type NumberMap, squareUp } from "../pictures/painting";
import type { Tile } from "../pictures/tile-grid";

/** How the input channels of a kernel become one picture. */
export type KernelView = "rgb" | "mean" | "inputs" | number;

/** What suits a layer: colours over a colour picture; all weights of a 1 x 1 kernel or a dense unit; else the mean. */
export function defaultKernelView({ shape: [, height, width, channels] }: FilterSet): KernelView {
	if (height * width === 1 || (height === 1 && channels === 1)) return "inputs";
	return channels === 3 ? "rgb" : "mean";
}

/** The picture of one kernel. @param absMax the shared scale; absent: the kernel's own */
export function kernelTile(
	set: FilterSet,
	place: number,
	view: KernelView,
	colours: ColormapId,
	absMax?: number,
): Tile {
	const map = kernelMap(set, place, view);
	const limit = absMax ?? largest(map.values);
	return { map, range: { low: -limit, high: limit }, colours: view === "rgb" ? "rgb" : colours };
}

/** Pictures are not larger than the largest weight, so one shared scale fits them all; the mean of many inputs is smaller, and has its own. */
export function sharedLimit(sets: Iterable<FilterSet>, view: KernelView): number {
	let limit = 0;
	for (const set of sets) {
		if (view !== "mean") return set.absMax;
		for (let place = 0; place < set.shape[0]; place++)
			limit = Math.max(limit, largest(kernelMap(set, place, view).values));
	}
	return limit;
}

const maps = new WeakMap<FilterSet, Map<string, NumberMap>>();

/** The picture of a kernel; the same object for the same question, so that a canvas is painted only when its numbers change. */
export function kernelMap(set: FilterSet, place: number, view: KernelView): NumberMap {
	const known = maps.get(set) ?? new Map<string, NumberMap>();
	maps.set(set, known);
	const key = `${place} ${view}`;
	const map = known.get(key) ?? makeKernelMap(set, place, view);
	known.set(key, map);
	return map;
}

function makeKernelMap(
	{ shape: [, height, width, channels], data }: FilterSet,
	place: number,
	view: KernelView,
): NumberMap {
	const size = height * width * channels;
	const kernel = data.subarray(place * size, (place + 1) * size);
	if (view === "rgb") return { width, height, values: kernel };
	if (view === "inputs") return squareUp(kernel);
	const values = new Float32Array(height * width);
	for (let i = 0; i < values.length; i++) {
		if (typeof view === "number") values[i] = kernel[i * channels + view]!;
		else {
			let sum = 0;
			for (let c = 0; c < channels; c++) sum += kernel[i * channels + c]!;
			values[i] = sum / channels;
		}
	}
	return { width, height, values };
}

const largest = (values: Float32Array): number => {
	let limit = 0;
	for (const value of values) if (Math.abs(value) > limit) limit = Math.abs(value);
	return limit;
};

export const symmetric = (limit: number): ValueRange => ({ low: -limit, high: limit });
