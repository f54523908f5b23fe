export interface GuidedPathOptions {
	readonly steps: number;
	/** Share of the features that change at once. */
	readonly fraction: number;
	/** Largest distance from the straight line, as a share of the way. */
	readonly maxDistance: number;
}

/** Distances that differ by less are equal (PAIR saliency: EPSILON). */
const EPSILON = 1e-9;

/**
 * A path from a baseline to an input on which the features of least |gradient| change first: `guided_ig_impl` of PAIR
 * saliency 0.2.1, in double precision. All vectors have one number a feature.
 */
export class GuidedPath {
	/** Where the path has come to; the next gradient is wanted there. */
	readonly point: Float64Array;
	/** Sums of gradient times change so far. */
	readonly attributions: Float64Array;
	private readonly length: number;

	constructor(
		private readonly baseline: Float64Array,
		private readonly input: Float64Array,
		private readonly options: GuidedPathOptions,
	) {
		this.point = baseline.slice();
		this.attributions = new Float64Array(input.length);
		this.length = distance(baseline, input);
	}

	/** Takes step `step` (from 0) with the gradient at the point. */
	advance(step: number, gradient: Float64Array): void {
		if (this.length === 0) return;
		const { steps, maxDistance } = this.options;
		const share = (step + 1) / steps;
		const lowest = this.between(Math.max(share - maxDistance, 0));
		const highest = this.between(Math.min(share + maxDistance, 1));
		const target = this.length * (1 - share);
		const before = this.point.slice();
		this.liftTo(lowest);
		this.approach(target, highest, gradient);
		for (let at = 0; at < before.length; at++)
			this.attributions[at] =
				(this.attributions[at] as number) +
				((this.point[at] as number) - (before[at] as number)) * (gradient[at] as number);
	}

	/** The straight line at a share of the way. */
	private between(share: number): Float64Array {
		return this.baseline.map((from, at) => from + ((this.input[at] as number) - from) * share);
	}

	/** Features that lag behind the least that is allowed are brought there. */
	private liftTo(lowest: Float64Array): void {
		const { point, baseline, input } = this;
		for (let at = 0; at < point.length; at++) {
			const [from, to, least] = [baseline[at] as number, input[at] as number, lowest[at] as number];
			const lags = to > from ? (point[at] as number) < least : (point[at] as number) > least;
			if (lags) point[at] = least;
		}
	}

	/** Changes features, those of least |gradient| first, until the distance to the input is `target`. */
	private approach(target: number, highest: Float64Array, gradient: Float64Array): void {
		const { point, input } = this;
		// Features that are as far as they may go are out of the choice.
		const magnitudes = gradient.map(Math.abs);
		for (;;) {
			const current = distance(point, input);
			if (isClose(target, current) || current < target) return;
			for (let at = 0; at < point.length; at++)
				if (point[at] === highest[at]) magnitudes[at] = Number.POSITIVE_INFINITY;
			const threshold = lowerQuantile(magnitudes, this.options.fraction);
			const chosen: number[] = [];
			let reach = 0;
			for (let at = 0; at < point.length; at++) {
				if ((magnitudes[at] as number) > threshold || magnitudes[at] === Number.POSITIVE_INFINITY) continue;
				chosen.push(at);
				reach += Math.abs((point[at] as number) - (highest[at] as number));
			}
			if (chosen.length === 0) return;
			const share = (current - target) / reach;
			for (const at of chosen) {
				const [here, end] = [point[at] as number, highest[at] as number];
				point[at] = share > 1 ? end : here + (end - here) * share;
			}
			if (share <= 1) return;
		}
	}
}

function distance(a: Float64Array, b: Float64Array): number {
	let sum = 0;
	for (let at = 0; at < a.length; at++) sum += Math.abs((a[at] as number) - (b[at] as number));
	return sum;
}

const isClose = (a: number, b: number) =>
	Math.abs(a - b) <= Math.max(EPSILON * Math.max(Math.abs(a), Math.abs(b)), EPSILON);

/** The element at `floor(share * (count - 1))` of the sorted values: numpy's quantile with the method `lower`. */
function lowerQuantile(values: Float64Array, share: number): number {
	return nthSmallest(values.slice(), Math.floor(share * (values.length - 1)));
}

/** Hoare's selection; changes the order of the values. */
function nthSmallest(values: Float64Array, n: number): number {
	let [low, high] = [0, values.length - 1];
	while (low < high) {
		const pivot = values[(low + high) >> 1] as number;
		let [left, right] = [low, high];
		while (left <= right) {
			while ((values[left] as number) < pivot) left++;
			while ((values[right] as number) > pivot) right--;
			if (left > right) break;
			const swapped = values[left] as number;
			values[left++] = values[right] as number;
			values[right--] = swapped;
		}
		if (n <= right) high = right;
		else if (n >= left) low = left;
		else break;
	}
	return values[n] as number;
}
