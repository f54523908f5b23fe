import { gaussianBlur } from "../../../data/numbers/gaussian-blur";
import { splineZoom } from "../../../data/numbers/spline-zoom";
import { felzenszwalb } from "../../../data/segmentation/felzenszwalb";
import type { SegmentedPicture, Segments } from "../../../data/segmentation/picture";

/** PAIR's: what the parameters of the segmentation are made for. */
const SIDE = 224;
const SCALES = [50, 100, 150, 250, 500, 1200];
const OPTIONS = { sigma: 0.8, minSize: 150 };

/** Pixels of one region, in reading order. */
export type Region = Int32Array;

/**
 * Overlapping regions of a picture: segments of six scales, each grown by a disk, as `_get_segments_felzenszwalb` of PAIR
 * saliency 0.2.1 makes them. Pictures of another size than 224 x 224 are resampled there for the segmentation.
 * @param radius of the disk, in pixels
 */
export function regionsOf(picture: SegmentedPicture, radius: number): Region[] {
	const { width, height } = picture;
	const scaled = resampled(spread(picture));
	return felzenszwalb(scaled, SCALES, OPTIONS).flatMap((segments) =>
		pixelsBySegment(width === SIDE && height === SIDE ? segments : backToSize(segments, width, height)).map((pixels) =>
			grown(pixels, width, height, radius),
		),
	);
}

/** Brought to the range from -1 to 1. */
function spread(picture: SegmentedPicture): SegmentedPicture {
	let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
	for (const value of picture.data) [low, high] = [Math.min(low, value), Math.max(high, value)];
	const range = high === low ? 1 : high - low;
	return { ...picture, data: picture.data.map((value) => ((value - low) / range) * 2 - 1) };
}

/** As scikit-image's `resize` with `order=3, mode="constant", anti_aliasing=True`: smoothed before it is made smaller. */
function resampled(picture: SegmentedPicture): SegmentedPicture {
	const { width, height, channels, data } = picture;
	if (width === SIDE && height === SIDE) return picture;
	const smoothing = (extent: number) => Math.max(0, (extent / SIDE - 1) / 2);
	const shape = [height, width, channels];
	const rows = gaussianBlur(data, shape, [0], smoothing(height), "constant");
	const smooth = gaussianBlur(rows, shape, [1], smoothing(width), "constant");
	const tall = splineZoom(smooth, shape, 0, SIDE);
	const fitted = splineZoom(tall, [SIDE, width, channels], 1, SIDE);
	// The spline may overshoot.
	return { width: SIDE, height: SIDE, channels, data: fitted.map((value) => Math.max(-1, Math.min(1, value))) };
}

function backToSize(segments: Segments, width: number, height: number): Segments {
	const nearest = (at: number, extent: number) => Math.min(SIDE - 1, Math.floor(((at + 0.5) * SIDE) / extent));
	return Int32Array.from(
		{ length: width * height },
		(_, pixel) => segments[nearest(Math.floor(pixel / width), height) * SIDE + nearest(pixel % width, width)] as number,
	);
}

/** Segments that lost all their pixels when the picture was brought back to size are left out. */
function pixelsBySegment(segments: Segments): number[][] {
	const pixels: number[][] = [];
	for (const [pixel, segment] of segments.entries()) {
		pixels[segment] ??= [];
		pixels[segment].push(pixel);
	}
	return pixels.filter((own) => own !== undefined);
}

/** A region and everything within a disk around its pixels. The nearest pixel of the region is always one of its rim. */
function grown(pixels: readonly number[], width: number, height: number, radius: number): Region {
	if (radius === 0) return Int32Array.from(pixels);
	const covered = new Uint8Array(width * height);
	for (const pixel of pixels) covered[pixel] = 1;
	const rim = pixels.filter((pixel) => isRim(covered, pixel, width, height));
	const disk = diskOffsets(radius);
	for (const pixel of rim) {
		const [row, column] = [Math.floor(pixel / width), pixel % width];
		for (const [down, right] of disk) {
			const [y, x] = [row + down, column + right];
			if (y >= 0 && y < height && x >= 0 && x < width) covered[y * width + x] = 1;
		}
	}
	const region: number[] = [];
	for (const [pixel, isCovered] of covered.entries()) if (isCovered) region.push(pixel);
	return Int32Array.from(region);
}

function isRim(covered: Uint8Array, pixel: number, width: number, height: number): boolean {
	const [row, column] = [Math.floor(pixel / width), pixel % width];
	return (
		(row > 0 && !covered[pixel - width]) ||
		(row + 1 < height && !covered[pixel + width]) ||
		(column > 0 && !covered[pixel - 1]) ||
		(column + 1 < width && !covered[pixel + 1])
	);
}

function diskOffsets(radius: number): [number, number][] {
	const offsets: [number, number][] = [];
	for (let down = -radius; down <= radius; down++)
		for (let right = -radius; right <= radius; right++)
			if (down * down + right * right <= radius * radius) offsets.push([down, right]);
	return offsets;
}
