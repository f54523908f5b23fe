/** A linear classifier: one row of weights and one intercept for each class. */
export interface LinearClassifier {
	readonly weights: readonly Float64Array[];
	readonly intercepts: readonly number[];
}

/**
 * Multinomial logistic regression with an L2 penalty on the weights, not on the intercepts: the minimum of
 * C * sum of losses + |W|^2 / 2, as scikit-learn 1.9 `LogisticRegression(C=C)`; of two classes it is the binary one, with
 * one row of weights for the second class and its negative for the first. Rows are found by L-BFGS to a gradient of 1e-8
 * of the number of examples, which is the same minimum whatever the solver.
 * @param features `[examples, count]`, row-major
 * @param labels a class for each example, from 0
 */
export function fitLogisticRegression(
	features: ArrayLike<number>,
	labels: ArrayLike<number>,
	classes: number,
	C: number,
	maxIterations: number,
): LinearClassifier {
	const examples = labels.length;
	const count = features.length / examples;
	const rows = classes === 2 ? 1 : classes;
	const width = count + 1;
	const objective = (point: Float64Array, gradient: Float64Array): number => {
		gradient.fill(0);
		let value = 0;
		const scores = new Float64Array(classes);
		for (let example = 0; example < examples; example++) {
			const from = example * count;
			for (let row = 0; row < rows; row++) {
				let score = point[row * width + count] as number;
				for (let at = 0; at < count; at++)
					score += (point[row * width + at] as number) * (features[from + at] as number);
				scores[classes === 2 ? 1 : row] = score;
			}
			const label = labels[example] as number;
			const highest = scores.reduce((most, score) => Math.max(most, score), Number.NEGATIVE_INFINITY);
			const total = scores.reduce((sum, score) => sum + Math.exp(score - highest), 0);
			value += C * (highest + Math.log(total) - (scores[label] as number));
			for (let row = 0; row < rows; row++) {
				const own = classes === 2 ? 1 : row;
				const slope = C * (Math.exp((scores[own] as number) - highest) / total - Number(own === label));
				for (let at = 0; at < count; at++)
					gradient[row * width + at] = (gradient[row * width + at] as number) + slope * (features[from + at] as number);
				gradient[row * width + count] = (gradient[row * width + count] as number) + slope;
			}
		}
		for (let row = 0; row < rows; row++)
			for (let at = row * width; at < row * width + count; at++) {
				value += ((point[at] as number) * (point[at] as number)) / 2;
				gradient[at] = (gradient[at] as number) + (point[at] as number);
			}
		return value;
	};
	const point = minimize(objective, rows * width, 1e-8 * C * examples, maxIterations);
	const found = Array.from({ length: rows }, (_, row) => point.subarray(row * width, (row + 1) * width));
	const all = classes === 2 ? [(found[0] as Float64Array).map((value) => -value), found[0] as Float64Array] : found;
	return {
		weights: all.map((row) => row.slice(0, count)),
		intercepts: all.map((row) => row[count] as number),
	};
}

/** Steps that the curvature is remembered of. */
const MEMORY = 10;

/** L-BFGS (Nocedal 1980) with a backtracking line search, for a convex function. */
function minimize(
	objective: (point: Float64Array, gradient: Float64Array) => number,
	size: number,
	tolerance: number,
	maxIterations: number,
): Float64Array {
	let point = new Float64Array(size);
	let gradient = new Float64Array(size);
	let value = objective(point, gradient);
	const steps: { step: Float64Array; change: Float64Array }[] = [];
	for (let iteration = 0; iteration < maxIterations; iteration++) {
		if (gradient.every((slope) => Math.abs(slope) <= tolerance)) break;
		const direction = descent(gradient, steps);
		const slope = dot(direction, gradient);
		let length = steps.length === 0 ? 1 / Math.max(1, Math.sqrt(dot(gradient, gradient))) : 1;
		const next = new Float64Array(size);
		const nextGradient = new Float64Array(size);
		let nextValue = Number.POSITIVE_INFINITY;
		for (let halving = 0; halving < 60; halving++, length /= 2) {
			for (let at = 0; at < size; at++) next[at] = (point[at] as number) + length * (direction[at] as number);
			nextValue = objective(next, nextGradient);
			if (nextValue <= value + 1e-4 * length * slope) break;
		}
		// As low as rounding lets it be.
		if (!(nextValue < value)) break;
		const step = next.map((own, at) => own - (point[at] as number));
		const change = nextGradient.map((own, at) => own - (gradient[at] as number));
		if (dot(step, change) > 0) steps.push({ step, change });
		if (steps.length > MEMORY) steps.shift();
		[point, gradient, value] = [next, nextGradient, nextValue];
	}
	return point;
}

/** Minus the inverse of the remembered curvature times the gradient, by two loops. */
function descent(gradient: Float64Array, steps: readonly { step: Float64Array; change: Float64Array }[]): Float64Array {
	const direction = gradient.map((slope) => -slope);
	const shares: number[] = [];
	for (const { step, change } of [...steps].reverse()) {
		const share = dot(step, direction) / dot(step, change);
		shares.unshift(share);
		addTo(direction, change, -share);
	}
	const last = steps.at(-1);
	if (last) {
		const scale = dot(last.step, last.change) / dot(last.change, last.change);
		for (let at = 0; at < direction.length; at++) direction[at] = scale * (direction[at] as number);
	}
	for (const [index, { step, change }] of steps.entries())
		addTo(direction, step, (shares[index] as number) - dot(change, direction) / dot(step, change));
	return direction;
}

function dot(a: Float64Array, b: Float64Array): number {
	let sum = 0;
	for (let at = 0; at < a.length; at++) sum += (a[at] as number) * (b[at] as number);
	return sum;
}

function addTo(sum: Float64Array, vector: Float64Array, weight: number): void {
	for (let at = 0; at < sum.length; at++) sum[at] = (sum[at] as number) + weight * (vector[at] as number);
}
