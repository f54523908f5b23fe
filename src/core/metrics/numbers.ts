/** Area under a curve whose points are one apart, by the trapezoid rule (NumPy `trapezoid`). */
export function trapezoid(values: ArrayLike<number>): number {
	let area = 0;
	for (let at = 1; at < values.length; at++) area += ((values[at - 1] ?? 0) + (values[at] ?? 0)) / 2;
	return area;
}

export const sumOf = (values: Iterable<number>): number => {
	let sum = 0;
	for (const value of values) sum += value;
	return sum;
};

export const meanOf = (values: ArrayLike<number>): number => sumOf(Array.from(values)) / values.length;

/** Pearson's correlation; NaN where one side does not vary. */
export function pearson(a: ArrayLike<number>, b: ArrayLike<number>): number {
	const [meanA, meanB] = [meanOf(a), meanOf(b)];
	let [product, squaresA, squaresB] = [0, 0, 0];
	for (let at = 0; at < a.length; at++) {
		const [x, y] = [(a[at] ?? 0) - meanA, (b[at] ?? 0) - meanB];
		product += x * y;
		squaresA += x * x;
		squaresB += y * y;
	}
	return product / Math.sqrt(squaresA * squaresB);
}

/** Spearman's correlation: Pearson's of the ranks, equal values sharing theirs. */
export const spearman = (a: ArrayLike<number>, b: ArrayLike<number>): number => pearson(ranks(a), ranks(b));

function ranks(values: ArrayLike<number>): Float64Array {
	const order = Int32Array.from(values, (_, at) => at).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
	const result = new Float64Array(values.length);
	for (let from = 0; from < order.length; ) {
		let to = from;
		while (to < order.length && values[order[to] as number] === values[order[from] as number]) to++;
		for (let at = from; at < to; at++) result[order[at] as number] = (from + to - 1) / 2;
		from = to;
	}
	return result;
}

/** Euclidean length. */
export const norm = (values: Iterable<number>): number => {
	let squares = 0;
	for (const value of values) squares += value * value;
	return Math.sqrt(squares);
};

/** Cosine of the angle between two vectors; NaN where one is 0. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
	let product = 0;
	for (let at = 0; at < a.length; at++) product += (a[at] ?? 0) * (b[at] ?? 0);
	return product / (norm(Array.from(a)) * norm(Array.from(b)));
}
