/** Neighbours of a pixel, and how much each counts in the mean that stands for it. */
const NEIGHBOURS = [
	[1, 1, 1 / 12],
	[0, 1, 1 / 6],
	[-1, 1, 1 / 12],
	[1, -1, 1 / 12],
	[0, -1, 1 / 6],
	[-1, -1, 1 / 12],
	[1, 0, 1 / 6],
	[-1, 0, 1 / 6],
] as const;

/** How far the solution may be from what solves the equations, relative to the right side. */
const TOLERANCE = 1e-12;

/**
 * The picture with pixels replaced by the weighted mean of their neighbours, those that are replaced too included: one
 * linear system for each channel, symmetric and positive definite, solved by conjugate gradients.
 * Rong et al. 2022; Quantus 0.6 `noisy_linear_imputation`.
 * @param positions pixel of each element, row-major
 * @param removed pixels
 * @param noise added to each element that is filled in
 */
export function imputed(
	values: Float32Array,
	positions: Int32Array,
	height: number,
	width: number,
	removed: Int32Array,
	noise: () => number,
): Float32Array {
	const unknown = new Int32Array(height * width).fill(-1);
	for (const [index, pixel] of removed.entries()) unknown[pixel] = index;
	const result = values.slice();
	for (const plane of planesOf(positions, height * width)) {
		const solution = solve(values, plane, unknown, removed, height, width);
		for (const [index, pixel] of removed.entries()) result[plane[pixel] as number] = (solution[index] ?? 0) + noise();
	}
	return result;
}

/** For each channel: the element at each pixel. */
function planesOf(positions: Int32Array, pixels: number): Int32Array[] {
	const planes: Int32Array[] = [];
	const seen = new Int32Array(pixels);
	for (const [element, pixel] of positions.entries()) {
		const channel = seen[pixel] as number;
		seen[pixel] = channel + 1;
		planes[channel] ??= new Int32Array(pixels);
		(planes[channel] as Int32Array)[pixel] = element;
	}
	return planes;
}

function solve(
	values: Float32Array,
	plane: Int32Array,
	unknown: Int32Array,
	removed: Int32Array,
	height: number,
	width: number,
): Float64Array {
	const count = removed.length;
	const diagonal = new Float64Array(count);
	const right = new Float64Array(count);
	const links: { to: number; weight: number }[][] = Array.from({ length: count }, () => []);
	for (const [index, pixel] of removed.entries()) {
		const [row, column] = [Math.floor(pixel / width), pixel % width];
		for (const [down, across, weight] of NEIGHBOURS) {
			const [y, x] = [row + down, column + across];
			if (y < 0 || y >= height || x < 0 || x >= width) continue;
			const neighbour = y * width + x;
			diagonal[index] = (diagonal[index] ?? 0) + weight;
			const to = unknown[neighbour] as number;
			if (to >= 0) links[index]?.push({ to, weight });
			else right[index] = (right[index] ?? 0) + weight * (values[plane[neighbour] as number] ?? 0);
		}
	}
	const times = (x: Float64Array) =>
		x.map((value, index) => {
			let sum = (diagonal[index] ?? 0) * value;
			for (const { to, weight } of links[index] ?? []) sum -= weight * (x[to] ?? 0);
			return sum;
		});
	return conjugateGradients(times, right);
}

function conjugateGradients(times: (x: Float64Array) => Float64Array, right: Float64Array): Float64Array {
	const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
	const x = new Float64Array(right.length);
	const residual = right.slice();
	let direction = right.slice();
	let squares = dot(residual, residual);
	const enough = squares * TOLERANCE ** 2;
	for (let step = 0; step < 10 * right.length && squares > enough; step++) {
		const image = times(direction);
		const length = squares / dot(direction, image);
		for (let at = 0; at < x.length; at++) {
			x[at] = (x[at] ?? 0) + length * (direction[at] ?? 0);
			residual[at] = (residual[at] ?? 0) - length * (image[at] ?? 0);
		}
		const next = dot(residual, residual);
		direction = direction.map((value, at) => (residual[at] ?? 0) + (next / squares) * value);
		squares = next;
	}
	return x;
}
