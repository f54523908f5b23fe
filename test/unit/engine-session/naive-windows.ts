import type { ConvolutionAttributes, PoolAttributes } from "../../../src/core/program/vocabulary";
import { samePadding } from "../../../src/core/program/vocabulary";
import { sizeOf, type Tensor } from "../../../src/shared/tensor";

/** Convolutions and pools written as the plain sums of their definitions, over any number of spatial axes. */

function strideOf(shape: readonly number[]): number[] {
	return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

function* cells(extents: readonly number[]): Generator<number[]> {
	for (let flat = 0; flat < sizeOf(extents); flat++) {
		let rest = flat;
		yield strideOf(extents).map((stride) => {
			const place = Math.floor(rest / stride);
			rest %= stride;
			return place;
		});
	}
}

function flatIndex(place: readonly number[], shape: readonly number[]): number {
	return place.reduce((sum, at, axis) => sum + at * (strideOf(shape)[axis] as number), 0);
}

export function convolvedExtents(x: readonly number[], kernel: readonly number[], a: ConvolutionAttributes): number[] {
	return a.strides.map((stride, axis) => {
		const [before, after] = a.padding[axis] as readonly [number, number];
		const reach = ((kernel[axis] as number) - 1) * (a.dilations[axis] as number) + 1;
		return Math.floor(((x[axis + 1] as number) + before + after - reach) / stride) + 1;
	});
}

/** Visits every product that a convolution sums: flat indices of x, kernel and y. */
export function eachProduct(
	x: readonly number[],
	kernel: readonly number[],
	a: ConvolutionAttributes,
	depthwise: boolean,
	visit: (x: number, kernel: number, y: number) => void,
): number[] {
	const rank = a.strides.length;
	const [taken, made] = kernel.slice(-2) as [number, number];
	const y = [x[0] as number, ...convolvedExtents(x, kernel, a), depthwise ? taken * made : made];
	for (const out of cells(y.slice(0, -1))) {
		for (const cell of cells(kernel.slice(0, rank))) {
			const at = cell.map((k, axis) => {
				const start =
					(out[axis + 1] as number) * (a.strides[axis] as number) - (a.padding[axis] as readonly number[])[0]!;
				return start + k * (a.dilations[axis] as number);
			});
			if (at.some((place, axis) => place < 0 || place >= (x[axis + 1] as number))) continue;
			for (let i = 0; i < taken; i++) {
				for (let o = 0; o < made; o++) {
					const channel = depthwise ? i * made + o : o;
					visit(
						flatIndex([out[0] as number, ...at, i], x),
						flatIndex([...cell, i, o], kernel),
						flatIndex([...out, channel], y),
					);
				}
			}
		}
	}
	return y;
}

export function naiveConvolution(x: Tensor, kernel: Tensor, a: ConvolutionAttributes, depthwise = false) {
	const sums = new Map<number, number>();
	const shape = eachProduct(x.shape, kernel.shape, a, depthwise, (xi, ki, yi) =>
		sums.set(yi, (sums.get(yi) ?? 0) + (x.data[xi] as number) * (kernel.data[ki] as number)),
	);
	return filled(shape, sums);
}

export function naiveInputGrad(
	dy: Tensor,
	kernel: Tensor,
	a: ConvolutionAttributes,
	shape: readonly number[],
	depthwise = false,
) {
	const sums = new Map<number, number>();
	eachProduct(shape, kernel.shape, a, depthwise, (xi, ki, yi) =>
		sums.set(xi, (sums.get(xi) ?? 0) + (dy.data[yi] as number) * (kernel.data[ki] as number)),
	);
	return filled(shape, sums);
}

export function naiveFilterGrad(x: Tensor, dy: Tensor, a: ConvolutionAttributes, shape: readonly number[]) {
	const sums = new Map<number, number>();
	eachProduct(x.shape, shape, a, false, (xi, ki, yi) =>
		sums.set(ki, (sums.get(ki) ?? 0) + (x.data[xi] as number) * (dy.data[yi] as number)),
	);
	return filled(shape, sums);
}

function filled(shape: readonly number[], sums: ReadonlyMap<number, number>) {
	return { shape, data: Array.from({ length: sizeOf(shape) }, (_, i) => sums.get(i) ?? 0) };
}

/** For each element of the pooled map the flat indices of its window in x, in row-major order. */
export function poolWindows(x: readonly number[], a: PoolAttributes): { shape: number[]; windows: number[][] } {
	const around = a.window.map((cellsOfWindow, axis) =>
		a.padding === "same" ? samePadding(x[axis + 1] as number, cellsOfWindow, a.strides[axis] as number) : [0, 0],
	) as [number, number][];
	const dilations = a.window.map(() => 1);
	const extents = convolvedExtents(x, a.window, { strides: a.strides, padding: around, dilations });
	const shape = [x[0] as number, ...extents, x.at(-1) as number];
	const windows = [...cells(shape)].map((out) => {
		const window: number[] = [];
		for (const cell of cells(a.window)) {
			const at = cell.map((k, axis) => {
				return (out[axis + 1] as number) * (a.strides[axis] as number) - (around[axis] as [number, number])[0] + k;
			});
			if (at.every((place, axis) => place >= 0 && place < (x[axis + 1] as number)))
				window.push(flatIndex([out[0] as number, ...at, out.at(-1) as number], x));
		}
		return window;
	});
	return { shape, windows };
}
