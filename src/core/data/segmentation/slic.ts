import { connectSegments } from "./connect";
import { rgbToLab } from "./lab";
import { type SegmentedPicture, type Segments, toUnitRange } from "./picture";

export interface SlicOptions {
	/** About how many segments. */
	readonly nSegments: number;
	/** How much nearness counts against likeness of colour; large ones give squares. */
	readonly compactness: number;
	readonly maxNumIter?: number;
}

/** Smallest and largest size of a connected segment, over the mean size (scikit-image: min_size_factor, max_size_factor). */
const [MIN_SIZE_FACTOR, MAX_SIZE_FACTOR] = [0.5, 3];

/**
 * Superpixels by k-means over colour and position (Achanta, Shaji, Smith, Lucchi, Fua, Süsstrunk 2012, SLIC superpixels
 * compared to state-of-the-art superpixel methods, doi:10.1109/TPAMI.2012.120). Equal to scikit-image 0.26 `slic` without
 * smoothing: colours in L*a*b* where there are three channels, segments connected; numbers start at 0.
 */
export function slic(picture: SegmentedPicture, { nSegments, compactness, maxNumIter = 10 }: SlicOptions): Segments {
	const { width, height, channels } = picture;
	const unit = toUnitRange(picture);
	const colours = channels === 3 ? rgbToLab(unit) : unit;
	const image = colours.data.map((value) => value / compactness);
	const seeds = regularGrid([height, width], nSegments);
	const rows = positions(height, seeds[0]);
	const columns = positions(width, seeds[1]);
	const count = rows.length * columns.length;
	// The windows of the search follow the number of seeds that there are, not the one that was asked for.
	const reach = regularGrid([height, width], count).map(({ step }) => 2 * step) as [number, number];
	const features = 2 + channels;
	const centres = new Float64Array(count * features);
	for (let k = 0; k < count; k++) {
		centres[k * features] = rows[Math.floor(k / columns.length)] as number;
		centres[k * features + 1] = columns[k % columns.length] as number;
	}
	const spatialWeight = 1 / Math.max(seeds[0].step, seeds[1].step) ** 2;
	const nearest = new Int32Array(width * height).fill(-1);
	for (let iteration = 0; iteration < maxNumIter; iteration++) {
		if (!assign({ image, centres, nearest, width, height, channels, reach, spatialWeight })) break;
		moveCentres(image, centres, nearest, width, channels);
	}
	const size = (width * height) / count;
	return connectSegments(
		nearest,
		width,
		height,
		Math.trunc(MIN_SIZE_FACTOR * size),
		Math.trunc(MAX_SIZE_FACTOR * size),
	);
}

interface Assignment {
	readonly image: Float64Array;
	readonly centres: Float64Array;
	readonly nearest: Int32Array;
	readonly width: number;
	readonly height: number;
	readonly channels: number;
	readonly reach: readonly [number, number];
	readonly spatialWeight: number;
}

/** Puts every pixel to the nearest centre whose window it is in. @returns whether any pixel was in a window */
function assign({ image, centres, nearest, width, height, channels, reach, spatialWeight }: Assignment): boolean {
	const features = 2 + channels;
	const distances = new Float64Array(width * height).fill(Number.MAX_VALUE);
	let changed = false;
	for (let centre = 0; centre < centres.length; centre += features) {
		const [cy, cx] = [centres[centre] as number, centres[centre + 1] as number];
		const [top, bottom] = [Math.trunc(Math.max(cy - reach[0], 0)), Math.trunc(Math.min(cy + reach[0] + 1, height))];
		const [left, right] = [Math.trunc(Math.max(cx - reach[1], 0)), Math.trunc(Math.min(cx + reach[1] + 1, width))];
		for (let y = top; y < bottom; y++) {
			for (let x = left; x < right; x++) {
				const at = y * width + x;
				let distance = ((cy - y) ** 2 + (cx - x) ** 2) * spatialWeight;
				for (let channel = 0; channel < channels; channel++)
					distance += ((image[at * channels + channel] as number) - (centres[centre + 2 + channel] as number)) ** 2;
				if (!((distances[at] as number) > distance)) continue;
				distances[at] = distance;
				nearest[at] = centre / features;
				changed = true;
			}
		}
	}
	return changed;
}

function moveCentres(
	image: Float64Array,
	centres: Float64Array,
	nearest: Int32Array,
	width: number,
	channels: number,
): void {
	const features = 2 + channels;
	const counts = new Float64Array(centres.length / features);
	centres.fill(0);
	for (const [at, k] of nearest.entries()) {
		if (k < 0) continue;
		const centre = k * features;
		counts[k] = (counts[k] as number) + 1;
		centres[centre] = (centres[centre] as number) + Math.floor(at / width);
		centres[centre + 1] = (centres[centre + 1] as number) + (at % width);
		for (let channel = 0; channel < channels; channel++)
			centres[centre + 2 + channel] =
				(centres[centre + 2 + channel] as number) + (image[at * channels + channel] as number);
	}
	// A centre without pixels becomes NaN, whose window is empty: it is out for good.
	for (let at = 0; at < centres.length; at++)
		centres[at] = (centres[at] as number) / (counts[Math.floor(at / features)] as number);
}

interface Spacing {
	readonly start: number;
	readonly step: number;
}

/** About `count` points spread over a plane (scikit-image `regular_grid`): first point and step along each axis. */
function regularGrid(extents: readonly [number, number], count: number): [Spacing, Spacing] {
	const space = extents[0] * extents[1];
	if (space <= count)
		return [
			{ start: 0, step: 1 },
			{ start: 0, step: 1 },
		];
	const [shorter, longer] = [Math.min(...extents), Math.max(...extents)];
	const even = Math.sqrt(space / count);
	const [short, long] = shorter < even ? [shorter, longer / count] : [even, even];
	const spacing = (step: number): Spacing => ({ start: Math.floor(step / 2), step: roundHalfEven(step) });
	return extents[0] <= extents[1] ? [spacing(short), spacing(long)] : [spacing(long), spacing(short)];
}

/** NumPy's rounding. */
function roundHalfEven(value: number): number {
	const floor = Math.floor(value);
	if (value - floor !== 0.5) return Math.round(value);
	return floor % 2 === 0 ? floor : floor + 1;
}

function positions(extent: number, { start, step }: Spacing): number[] {
	const result: number[] = [];
	for (let at = start; at < extent; at += step) result.push(at);
	return result;
}
