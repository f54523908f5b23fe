/**
 * Small dense linear regression from weighted moments: memory does not depend on the number of rows, and the fit can be
 * looked at while rows still come.
 */
export class Moments {
	private weight = 0;
	private readonly x: Float64Array;
	/** Lower triangle, row by row. */
	private readonly xx: Float64Array;
	private y = 0;
	private readonly xy: Float64Array;

	constructor(readonly features: number) {
		this.x = new Float64Array(features);
		this.xx = new Float64Array((features * (features + 1)) / 2);
		this.xy = new Float64Array(features);
	}

	add(row: ArrayLike<number>, value: number, weight: number): void {
		this.weight += weight;
		this.y += weight * value;
		for (let i = 0, at = 0; i < this.features; at += ++i) {
			const weighted = weight * (row[i] as number);
			if (weighted === 0) continue;
			this.x[i] = (this.x[i] as number) + weighted;
			this.xy[i] = (this.xy[i] as number) + weighted * value;
			for (let j = 0; j <= i; j++) this.xx[at + j] = (this.xx[at + j] as number) + weighted * (row[j] as number);
		}
	}

	/** Least squares through the origin; of several solutions that of the smallest norm. */
	throughOrigin(): Float64Array {
		return solve(this.xx, this.xy, this.features);
	}

	/** Least squares with an intercept: coefficients, of several solutions those of the smallest norm (scikit-learn `LinearRegression`). */
	linear(): Float64Array {
		const { xx, xy } = this.centred();
		return solve(xx, xy, this.features);
	}

	/** Minimises sum of w (y - b - x c)^2 + alpha |c|^2 (scikit-learn `Ridge`). */
	ridge(alpha: number): Float64Array {
		const { xx, xy } = this.centred();
		for (let i = 0, at = 0; i < this.features; at += ++i) xx[at + i] = (xx[at + i] as number) + alpha;
		return solve(xx, xy, this.features);
	}

	/**
	 * Minimises sum of w (y - b - x c)^2 / (2 sum of w) + alpha |c|_1 by cyclic coordinate descent (scikit-learn `Lasso`, which
	 * scales weights so that they sum to the number of rows).
	 */
	lasso(alpha: number): Float64Array {
		const { xx, xy } = this.centred();
		const n = this.features;
		const coefficients = new Float64Array(n);
		// What the residual still has to do with each feature.
		const rest = Float64Array.from(xy);
		const entry = (i: number, j: number) => xx[i >= j ? (i * (i + 1)) / 2 + j : (j * (j + 1)) / 2 + i] as number;
		const threshold = alpha * this.weight;
		for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
			let [change, largest] = [0, 0];
			for (let i = 0; i < n; i++) {
				const own = entry(i, i);
				if (own <= 0) continue;
				const before = coefficients[i] as number;
				const wanted = (rest[i] as number) + own * before;
				const after = (Math.sign(wanted) * Math.max(0, Math.abs(wanted) - threshold)) / own;
				largest = Math.max(largest, Math.abs(after));
				if (after === before) continue;
				coefficients[i] = after;
				for (let j = 0; j < n; j++) rest[j] = (rest[j] as number) - entry(j, i) * (after - before);
				change = Math.max(change, Math.abs(after - before));
			}
			if (change <= PRECISION * largest) break;
		}
		return coefficients;
	}

	/** Moments about the mean. */
	private centred(): { xx: Float64Array; xy: Float64Array } {
		const total = this.weight || 1;
		const xx = Float64Array.from(this.xx);
		const xy = this.xy.map((value, i) => value - ((this.x[i] as number) * this.y) / total);
		for (let i = 0, at = 0; i < this.features; at += ++i)
			for (let j = 0; j <= i; j++)
				xx[at + j] = (xx[at + j] as number) - ((this.x[i] as number) * (this.x[j] as number)) / total;
		return { xx, xy };
	}
}

/** Coordinate descent ends when no coefficient changes by more, as a share of the largest. */
const PRECISION = 1e-9;
const MOST_SWEEPS = 1000;

/** What makes a singular matrix regular, as a share of its largest diagonal element. */
const REGULARISATION = 1e-9;
/** Each takes what the regularisation costs to the next power. */
const REFINEMENTS = 2;

/**
 * Solves a symmetric positive semidefinite system with a right-hand side in its range, by Cholesky's factors of the
 * slightly regularised matrix and iterative refinement: the limit is the solution of the smallest norm.
 * @param matrix lower triangle, row by row
 */
function solve(matrix: Float64Array, right: Float64Array, n: number): Float64Array {
	let largest = 0;
	for (let i = 0, at = 0; i < n; at += ++i) largest = Math.max(largest, matrix[at + i] as number);
	const solution = new Float64Array(n);
	if (largest === 0) return solution;
	const factor = cholesky(matrix, n, REGULARISATION * largest);
	for (let turn = 0; turn <= REFINEMENTS; turn++) {
		const step = substitute(factor, residual(matrix, right, solution, n), n);
		for (let i = 0; i < n; i++) solution[i] = (solution[i] as number) + (step[i] as number);
	}
	return solution;
}

function cholesky(matrix: Float64Array, n: number, shift: number): Float64Array {
	const factor = Float64Array.from(matrix);
	for (let i = 0, row = 0; i < n; row += ++i) {
		for (let j = 0, other = 0; j <= i; other += ++j) {
			let sum = (factor[row + j] as number) + (i === j ? shift : 0);
			for (let k = 0; k < j; k++) sum -= (factor[row + k] as number) * (factor[other + k] as number);
			// Rounding may take a diagonal that is nothing but the shift below it.
			factor[row + j] = i === j ? Math.sqrt(Math.max(sum, shift / 2)) : sum / (factor[other + j] as number);
		}
	}
	return factor;
}

function residual(matrix: Float64Array, right: Float64Array, solution: Float64Array, n: number): Float64Array {
	const rest = Float64Array.from(right);
	for (let i = 0, at = 0; i < n; at += ++i) {
		for (let j = 0; j <= i; j++) {
			rest[i] = (rest[i] as number) - (matrix[at + j] as number) * (solution[j] as number);
			if (j < i) rest[j] = (rest[j] as number) - (matrix[at + j] as number) * (solution[i] as number);
		}
	}
	return rest;
}

/** Forward and back substitution, in place. */
function substitute(factor: Float64Array, values: Float64Array, n: number): Float64Array {
	for (let i = 0, at = 0; i < n; at += ++i) {
		let sum = values[i] as number;
		for (let j = 0; j < i; j++) sum -= (factor[at + j] as number) * (values[j] as number);
		values[i] = sum / (factor[at + i] as number);
	}
	for (let i = n - 1; i >= 0; i--) {
		let sum = values[i] as number;
		for (let j = i + 1; j < n; j++) sum -= (factor[(j * (j + 1)) / 2 + i] as number) * (values[j] as number);
		values[i] = sum / (factor[(i * (i + 1)) / 2 + i] as number);
	}
	return values;
}
