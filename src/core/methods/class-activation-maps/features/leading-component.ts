/**
 * Projection of the rows of a matrix, centred by column, on its first principal component: u_1 s_1 of the singular value
 * decomposition. The sign of a component is arbitrary: here the (first) entry of the largest magnitude is positive
 * (grad-cam 1.5.7, `get_2d_projection_with_sign_correction`, after Chung, Ying 2025, Seg-Eigen-CAM).
 *
 * By Lanczos' method with full reorthogonalisation on the smaller of the two Gram matrices, which is never formed.
 * @param columns by column: `columns[c * rows + r]`
 */
export function leadingComponent(columns: ArrayLike<number>, rows: number): Float64Array {
	const matrix = centred(columns, rows);
	const count = rows === 0 ? 0 : matrix.length / rows;
	const overRows = rows <= count;
	const gram = (vector: Float64Array) =>
		overRows
			? timesColumns(matrix, rows, columnsTimes(matrix, rows, vector))
			: columnsTimes(matrix, rows, timesColumns(matrix, rows, vector));
	const component = largestEigenvector(gram, Math.min(rows, count));
	// u_1 s_1 is X v_1, and also X X^T u_1 / s_1.
	const projection = timesColumns(matrix, rows, overRows ? unit(columnsTimes(matrix, rows, component)) : component);
	// Two entries of one magnitude differ by rounding: the first of them decides.
	const largest = projection.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
	const first = projection.find((value) => Math.abs(value) >= largest * (1 - 1e-9)) ?? 0;
	return first < 0 ? projection.map((value) => -value) : projection;
}

function centred(columns: ArrayLike<number>, rows: number): Float64Array {
	const matrix = Float64Array.from(columns);
	for (let from = 0; from < matrix.length; from += rows) {
		const column = matrix.subarray(from, from + rows);
		const mean = column.reduce((sum, value) => sum + value, 0) / rows;
		for (let row = 0; row < rows; row++) column[row] = (column[row] as number) - mean;
	}
	return matrix;
}

/** X v: for each row, a weighted sum of columns. */
function timesColumns(matrix: Float64Array, rows: number, vector: Float64Array): Float64Array {
	const result = new Float64Array(rows);
	for (let column = 0, at = 0; at < matrix.length; column++) {
		const weight = vector[column] as number;
		for (let row = 0; row < rows; row++, at++) result[row] = (result[row] as number) + weight * (matrix[at] as number);
	}
	return result;
}

/** X^T u: for each column, its product with u. */
function columnsTimes(matrix: Float64Array, rows: number, vector: Float64Array): Float64Array {
	const result = new Float64Array(matrix.length / rows);
	for (let column = 0; column < result.length; column++)
		result[column] = dot(matrix.subarray(column * rows, (column + 1) * rows), vector);
	return result;
}

/** Relative residual at which an eigenpair of a float32 matrix is as good as it gets. */
const PRECISION = 1e-10;

/** The eigenvector of the largest eigenvalue of a positive semidefinite operator; zeros when all eigenvalues are 0. */
function largestEigenvector(operator: (vector: Float64Array) => Float64Array, size: number): Float64Array {
	// The image of a vector without symmetry: parallel to no eigenvector by chance.
	let next = operator(Float64Array.from({ length: size }, (_, at) => 1 + Math.sin(1 + at * at)));
	const basis: Float64Array[] = [];
	const [diagonal, beside]: [number[], number[]] = [[], []];
	const scale = norm(next);
	if (!(scale > 0)) return new Float64Array(size);
	for (let length = scale; ; ) {
		const current = next.map((value) => value / length);
		basis.push(current);
		next = operator(current);
		diagonal.push(dot(current, next));
		// Twice, since once leaves what rounding lost.
		for (const _ of [1, 2]) for (const vector of basis) addTo(next, vector, -dot(vector, next));
		length = norm(next);
		const { value, vector } = largestOfTridiagonal(diagonal, beside);
		if (basis.length === size || length * Math.abs(vector.at(-1) as number) <= PRECISION * value)
			return combined(basis, vector);
		beside.push(length);
	}
}

/** Largest eigenvalue, by bisection on the signs of its Sturm sequence, and its vector, by two steps of inverse iteration. */
function largestOfTridiagonal(
	diagonal: readonly number[],
	beside: readonly number[],
): { value: number; vector: number[] } {
	const size = diagonal.length;
	const radius = (at: number) => Math.abs(beside[at - 1] ?? 0) + Math.abs(at < size - 1 ? (beside[at] ?? 0) : 0);
	let high = Math.max(...diagonal.map((value, at) => value + radius(at)));
	let low = Math.max(...diagonal);
	for (let step = 0; step < 100 && high - low > 1e-15 * Math.abs(high); step++) {
		const middle = (low + high) / 2;
		if (isAboveAll(diagonal, beside, middle)) high = middle;
		else low = middle;
	}
	let vector = new Array<number>(size).fill(1);
	for (const _ of [1, 2, 3]) {
		vector = solve(diagonal, beside, high * (1 + 1e-14) + Number.MIN_VALUE, vector);
		const length = Math.hypot(...vector) || 1;
		vector = vector.map((value) => value / length);
	}
	return { value: high, vector };
}

/** Whether all eigenvalues lie below: T - value has negative pivots only. */
function isAboveAll(diagonal: readonly number[], beside: readonly number[], value: number): boolean {
	let pivot = 1;
	for (let at = 0; at < diagonal.length; at++) {
		const off = at > 0 ? (beside[at - 1] as number) : 0;
		pivot = (diagonal[at] as number) - value - (at > 0 ? (off * off) / pivot : 0);
		if (pivot >= 0) return false;
	}
	return true;
}

/** (T - shift) x = b by elimination: all pivots are negative, since the shift is above all eigenvalues. */
function solve(
	diagonal: readonly number[],
	beside: readonly number[],
	shift: number,
	right: readonly number[],
): number[] {
	const size = diagonal.length;
	const pivots: number[] = [];
	const values = [...right];
	for (let at = 0; at < size; at++) {
		const factor = at > 0 ? (beside[at - 1] as number) / (pivots[at - 1] as number) : 0;
		const pivot = (diagonal[at] as number) - shift - (at > 0 ? factor * (beside[at - 1] as number) : 0);
		pivots.push(pivot < 0 ? pivot : -Number.EPSILON * Math.abs(shift) - Number.MIN_VALUE);
		if (at > 0) values[at] = (values[at] as number) - factor * (values[at - 1] as number);
	}
	for (let at = size - 1; at >= 0; at--) {
		const after = at < size - 1 ? (beside[at] as number) * (values[at + 1] as number) : 0;
		values[at] = ((values[at] as number) - after) / (pivots[at] as number);
	}
	return values;
}

function combined(basis: readonly Float64Array[], weights: readonly number[]): Float64Array {
	const sum = new Float64Array(basis[0]?.length ?? 0);
	for (const [index, vector] of basis.entries()) addTo(sum, vector, weights[index] as number);
	return sum;
}

function addTo(sum: Float64Array, vector: Float64Array, weight: number): void {
	for (let at = 0; at < sum.length; at++) sum[at] = (sum[at] as number) + weight * (vector[at] as number);
}

function dot(a: Float64Array, b: Float64Array): number {
	let sum = 0;
	for (let at = 0; at < a.length; at++) sum += (a[at] as number) * (b[at] as number);
	return sum;
}

const norm = (vector: Float64Array): number => Math.sqrt(dot(vector, vector));

function unit(vector: Float64Array): Float64Array {
	const length = norm(vector);
	return length > 0 ? vector.map((value) => value / length) : vector;
}
