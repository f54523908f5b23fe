/** What lies outside, by scipy's names: zeros, the edge repeated, or the picture mirrored with its edge. */
export type Border = "constant" | "nearest" | "reflect";

/** scipy.ndimage cuts its Gaussians off at four standard deviations. */
const TRUNCATE = 4;

/**
 * Gaussian blur along some axes of a tensor, in double precision: scipy 1.17 `ndimage.gaussian_filter`.
 * @param sigma standard deviation in elements; 0 leaves everything as it is
 * @param axes of `shape` along which is blurred, one after the other
 */
export function gaussianBlur(
	data: ArrayLike<number>,
	shape: readonly number[],
	axes: readonly number[],
	sigma: number,
	border: Border,
): Float64Array {
	let values = Float64Array.from(data);
	if (sigma === 0) return values;
	const kernel = gaussianKernel(sigma);
	for (const axis of axes) values = blurAxis(values, shape, axis, kernel, border);
	return values;
}

/** The right half of the kernel, its middle first. */
function gaussianKernel(sigma: number): Float64Array {
	const radius = Math.trunc(TRUNCATE * sigma + 0.5);
	const half = Float64Array.from({ length: radius + 1 }, (_, x) => Math.exp((-0.5 * x * x) / (sigma * sigma)));
	const sum = half.reduce((total, weight, x) => total + (x === 0 ? weight : 2 * weight), 0);
	return half.map((weight) => weight / sum);
}

function blurAxis(
	values: Float64Array,
	shape: readonly number[],
	axis: number,
	kernel: Float64Array,
	border: Border,
): Float64Array<ArrayBuffer> {
	const extent = shape[axis] ?? 1;
	const inner = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
	const weights = axisWeights(extent, kernel, border);
	const reach = kernel.length - 1;
	const blurred = new Float64Array(values.length);
	const line = new Float64Array(extent);
	// Beyond the reach of the kernel weights are 0: a mirror only brings things nearer.
	const firstOf = (to: number) => Math.max(0, to - reach);
	const endOf = (to: number) => Math.min(extent, to + reach + 1);
	for (let base = 0; base < values.length; base += extent * inner) {
		for (let begin = base; begin < base + inner; begin++) {
			for (let at = 0; at < extent; at++) line[at] = values[begin + at * inner] as number;
			for (let to = 0; to < extent; to++)
				blurred[begin + to * inner] = product(weights, to * extent, line, firstOf(to), endOf(to));
		}
	}
	return blurred;
}

/** Dot product of a row and a line from `first` up to `end`: two sums, since each addition waits for the one before. */
function product(weights: Float64Array, row: number, line: Float64Array, first: number, end: number): number {
	let [even, odd] = [0, 0];
	let at = first;
	for (; at + 1 < end; at += 2) {
		even += (weights[row + at] as number) * (line[at] as number);
		odd += (weights[row + at + 1] as number) * (line[at + 1] as number);
	}
	if (at < end) even += (weights[row + at] as number) * (line[at] as number);
	return even + odd;
}

/** Weight of each element of a line in each element of the blurred line: [to, from]. */
function axisWeights(extent: number, kernel: Float64Array, border: Border): Float64Array {
	const weights = new Float64Array(extent * extent);
	const radius = kernel.length - 1;
	for (let to = 0; to < extent; to++) {
		for (let offset = -radius; offset <= radius; offset++) {
			const from = inside(to + offset, extent, border);
			if (from === undefined) continue;
			const index = to * extent + from;
			weights[index] = (weights[index] as number) + (kernel[Math.abs(offset)] as number);
		}
	}
	return weights;
}

/** The element that stands at an index, also where the index lies outside. */
function inside(index: number, extent: number, border: Border): number | undefined {
	if (index >= 0 && index < extent) return index;
	if (border === "constant") return undefined;
	if (border === "nearest") return index < 0 ? 0 : extent - 1;
	// d c b a | a b c d | d c b a
	const period = 2 * extent;
	const at = ((index % period) + period) % period;
	return at < extent ? at : period - 1 - at;
}
