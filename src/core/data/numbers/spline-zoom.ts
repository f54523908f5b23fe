/** Zeros that scipy lays around a picture before it looks for the spline's coefficients. */
const MARGIN = 12;

/**
 * Resamples one axis of a tensor with a cubic spline through its values, zeros outside, samples standing for cells:
 * scipy 1.17 `ndimage.zoom` with `order=3, mode="grid-constant", grid_mode=True`. Making smaller does not smooth.
 */
export function splineZoom(
	data: Float64Array,
	shape: readonly number[],
	axis: number,
	extent: number,
): Float64Array<ArrayBuffer> {
	const length = shape[axis] ?? 1;
	const inner = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
	const outer = data.length / Math.max(1, length * inner);
	const zoomed = new Float64Array(outer * extent * inner);
	const taps = Array.from({ length: extent }, (_, at) => tapsAt(((at + 0.5) * length) / extent - 0.5 + MARGIN));
	const line = new Float64Array(length + 2 * MARGIN);
	for (let block = 0; block < outer; block++) {
		for (let begin = 0; begin < inner; begin++) {
			line.fill(0);
			for (let at = 0; at < length; at++) line[MARGIN + at] = data[(block * length + at) * inner + begin] as number;
			const coefficients = splineCoefficients(line);
			for (const [at, { first, weights }] of taps.entries()) {
				let sum = 0;
				for (const [tap, weight] of weights.entries()) sum += weight * (coefficients[first + tap] as number);
				zoomed[(block * extent + at) * inner + begin] = sum;
			}
		}
	}
	return zoomed;
}

interface Taps {
	readonly first: number;
	/** Of four coefficients. */
	readonly weights: readonly number[];
}

/** The cubic B-splines that reach a coordinate. */
function tapsAt(coordinate: number): Taps {
	const below = Math.floor(coordinate);
	const share = coordinate - below;
	const rest = 1 - share;
	return {
		first: below - 1,
		weights: [
			rest ** 3 / 6,
			(4 - 6 * share ** 2 + 3 * share ** 3) / 6,
			(4 - 6 * rest ** 2 + 3 * rest ** 3) / 6,
			share ** 3 / 6,
		],
	};
}

/**
 * Coefficients c whose spline goes through the values, (c[i-1] + 4 c[i] + c[i+1]) / 6 = values[i], mirrored at the ends:
 * elimination along the three diagonals.
 */
function splineCoefficients(values: Float64Array): Float64Array {
	const last = values.length - 1;
	const coefficients = values.map((value) => 6 * value);
	const above = new Float64Array(values.length);
	for (let at = 0; at <= last; at++) {
		const left = at === 0 ? 0 : at === last ? 2 : 1;
		const right = at === 0 ? 2 : 1;
		const pivot = 4 - left * (at > 0 ? (above[at - 1] as number) : 0);
		above[at] = right / pivot;
		coefficients[at] = ((coefficients[at] as number) - left * (at > 0 ? (coefficients[at - 1] as number) : 0)) / pivot;
	}
	for (let at = last - 1; at >= 0; at--)
		coefficients[at] = (coefficients[at] as number) - (above[at] as number) * (coefficients[at + 1] as number);
	return coefficients;
}
