import { createHash } from "node:crypto";

/** A box of an example of the edited input: along each axis (batch left out) from `begin` up to `end`. */
export interface Box {
	readonly begin: readonly number[];
	readonly end: readonly number[];
}

/** A number that follows from the box. Equal keys tell of equal numbers for every box. */
export interface Position {
	readonly key: string;
	at(box: Box): number;
}

/** Where along one axis a value may differ for a box: from the first number up to the second. */
export interface Interval {
	readonly key: string;
	at(box: Box): readonly [number, number];
}

/**
 * Intervals are made of each other, so that one of a deep model would be asked for many times for each box, and its key
 * would tell the whole model.
 */
function remembering(recipe: string, compute: (box: Box) => readonly [number, number]): Interval {
	const key = createHash("sha1").update(recipe).digest("base64url").slice(0, 16);
	let last: Box | undefined;
	let known: readonly [number, number] = [0, 0];
	return {
		key,
		at(box) {
			if (box !== last) known = compute(box);
			last = box;
			return known;
		},
	};
}

/** The box itself. @param axis batch left out */
export const boxInterval = (axis: number): Interval => ({
	key: `box ${axis}`,
	at: ({ begin, end }) => [begin[axis] as number, end[axis] as number],
});

/** A window that slides over an axis. */
export interface Sliding {
	/** Cells from the first to behind the last one that the window reads. */
	readonly reach: number;
	readonly stride: number;
	/** Cells added in front. */
	readonly before: number;
	/** Positions of the window. */
	readonly count: number;
}

/** The windows that read something of the interval. */
export function slid(of: Interval, { reach, stride, before, count }: Sliding): Interval {
	return remembering(`slid(${of.key};${reach},${stride},${before},${count})`, (box) => {
		const [begin, end] = of.at(box);
		const first = Math.ceil((begin + before - reach + 1) / stride);
		const last = Math.floor((end - 1 + before) / stride);
		return [Math.max(0, first), Math.min(count, last + 1)];
	});
}

/** The interval moved by some cells, cut to an axis of the given extent. */
export function moved(of: Interval, by: number, extent: number): Interval {
	return remembering(`moved(${of.key};${by},${extent})`, (box) => {
		const [begin, end] = of.at(box);
		return [Math.max(0, begin + by), Math.min(extent, end + by)];
	});
}

/** The smallest interval around all of them. */
export function around(intervals: readonly Interval[]): Interval {
	const different = [...new Map(intervals.map((interval) => [interval.key, interval])).values()];
	if (different.length === 1) return different[0] as Interval;
	return remembering(`around(${different.map(({ key }) => key).join(" ")})`, (box) => {
		const parts = different.map((interval) => interval.at(box));
		return [Math.min(...parts.map(([begin]) => begin)), Math.max(...parts.map(([, end]) => end))];
	});
}

export const fixedPosition = (position: number): Position => ({ key: String(position), at: () => position });

/** position * scale + shift */
export function scaled(position: Position, scale: number, shift: number): Position {
	if (scale === 1 && shift === 0) return position;
	return { key: `${position.key}*${scale}+${shift}`, at: (box) => position.at(box) * scale + shift };
}
