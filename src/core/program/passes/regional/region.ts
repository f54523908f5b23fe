import { type Box, type Interval, type Position, scaled } from "./box";

/**
 * What is recomputed of one axis: for every box as many elements, from another position on, so that one program serves
 * all boxes. They lie inside the axis and hold the interval in which the value may differ.
 */
export interface AxisRegion {
	readonly interval: Interval;
	/** Elements, fewer than the axis has. */
	readonly size: number;
	readonly extent: number;
	/** The first of them. */
	readonly begin: Position;
}

/** By axis, batch included; `undefined` for an axis that is recomputed as a whole. */
export type Region = readonly (AxisRegion | undefined)[];

/** A cut through a value along one axis. */
export interface Cut {
	readonly size: number;
	readonly begin: Position;
}

/** Share of an axis' cells, over all axes together, from which on the whole is recomputed: crops have a price too. */
const MOST_OF_IT = 0.8;

/** Makes regions for boxes of which `samples` hold every extent and position that occurs along each axis. */
export class Regions {
	private readonly sizes = new Map<string, number>();

	constructor(private readonly samples: readonly Box[]) {}

	/** @returns `undefined` when the interval may be the whole axis */
	along(interval: Interval | undefined, extent: number): AxisRegion | undefined {
		if (!interval) return undefined;
		const size = this.largest(interval);
		if (size >= extent) return undefined;
		const begin: Position = {
			key: `begin(${interval.key};${size},${extent})`,
			at: (box) => Math.max(0, Math.min(interval.at(box)[0], extent - size)),
		};
		return { interval, size, extent, begin };
	}

	private largest(interval: Interval): number {
		const known = this.sizes.get(interval.key);
		if (known !== undefined) return known;
		const size = this.samples.reduce((most, box) => {
			const [begin, end] = interval.at(box);
			return Math.max(most, end - begin);
		}, 1);
		this.sizes.set(interval.key, size);
		return size;
	}
}

export function isWhole(region: Region): boolean {
	return region.every((axis) => axis === undefined);
}

export const wholeRegion = (rank: number): Region => new Array<undefined>(rank).fill(undefined);

/** The region, or all of the value where the region is most of it. */
export function worthwhile(region: Region): Region {
	const share = region.reduce((product, axis) => product * (axis ? axis.size / axis.extent : 1), 1);
	return share > MOST_OF_IT ? wholeRegion(region.length) : region;
}

/** The region as a cut. */
export const cutOf = (axis: AxisRegion | undefined): Cut | undefined => axis && { size: axis.size, begin: axis.begin };

/** Windows of `reach` cells, `stride` apart, at the positions of a region: what they read of the padded axis. */
export const readBy = (axis: AxisRegion | undefined, reach: number, stride: number): Cut | undefined =>
	axis && { size: (axis.size - 1) * stride + reach, begin: scaled(axis.begin, stride, 0) };

export function sameCut(axis: AxisRegion | undefined, cut: Cut | undefined): boolean {
	if (!axis || !cut) return axis === cut;
	return axis.size === cut.size && axis.begin.key === cut.begin.key;
}

/**
 * A few boxes that hold every pair of begin and end that occurs along each axis: regions look at one axis at a time, so
 * that these tell as much as all.
 */
export function sampleBoxes(boxes: Iterable<Box>, rank: number): Box[] {
	const pairs = Array.from({ length: rank }, () => new Map<string, readonly [number, number]>());
	for (const { begin, end } of boxes)
		for (const [axis, known] of pairs.entries())
			known.set(`${begin[axis]} ${end[axis]}`, [begin[axis] as number, end[axis] as number]);
	const lists = pairs.map((known) => [...known.values()]);
	const most = Math.max(0, ...lists.map(({ length }) => length));
	return Array.from({ length: most }, (_, index) => {
		const at = lists.map((list) => list[Math.min(index, list.length - 1)] as readonly [number, number]);
		return { begin: at.map(([begin]) => begin), end: at.map(([, end]) => end) };
	});
}
