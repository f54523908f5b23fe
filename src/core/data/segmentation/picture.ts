/** A picture to be cut into segments: rows from the top, channels innermost (red, green, blue where there are three). */
export interface SegmentedPicture {
	readonly width: number;
	readonly height: number;
	readonly channels: number;
	/** height * width * channels numbers of any range. */
	readonly data: Float64Array;
}

/** Number of the segment of each pixel, row by row, from 0 up. */
export type Segments = Int32Array;

/** Brought to the range from 0 to 1, as scikit-image does before it segments; a picture of one value becomes 0. */
export function toUnitRange(picture: SegmentedPicture): SegmentedPicture {
	let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
	for (const value of picture.data) [low, high] = [Math.min(low, value), Math.max(high, value)];
	const range = high === low ? 1 : high - low;
	return { ...picture, data: picture.data.map((value) => (value - low) / range) };
}
