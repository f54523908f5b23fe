import { InvalidRequestError } from "../../shared/errors";
import type { Dim } from "./types";

/** The free batch size N. */
export const BATCH: Dim = -1;

export function isBatchDim(dim: Dim): boolean {
	return dim < 0;
}

/** The extent for a batch of `n`. */
export function bindDim(dim: Dim, n: number): number {
	return dim < 0 ? -dim * n : dim;
}

export function bindShape(shape: readonly Dim[], n: number): number[] {
	return shape.map((dim) => bindDim(dim, n));
}

/** Product of extents; a multiple of N when exactly one of them is. @throws when two extents depend on the batch. */
export function productOf(dims: readonly Dim[]): Dim {
	let product = 1;
	let free = false;
	for (const dim of dims) {
		if (dim < 0 && free)
			throw new InvalidRequestError(`the extents [${dims.join(", ")}] depend on the batch size twice`);
		if (dim < 0) free = true;
		product *= Math.abs(dim);
	}
	return free ? -product : product;
}

/** NumPy broadcasting of two extents. @throws when they do not fit. */
export function broadcastDim(a: Dim, b: Dim): Dim {
	if (a === b) return a;
	if (a === 1) return b;
	if (b === 1) return a;
	throw new InvalidRequestError(`extents ${formatDim(a)} and ${formatDim(b)} do not broadcast`);
}

/** NumPy broadcasting of two shapes. @throws when they do not fit. */
export function broadcastShapes(a: readonly Dim[], b: readonly Dim[]): Dim[] {
	const rank = Math.max(a.length, b.length);
	const shape: Dim[] = [];
	for (let axis = 0; axis < rank; axis++) {
		const dimA = a[axis - rank + a.length] ?? 1;
		const dimB = b[axis - rank + b.length] ?? 1;
		shape.push(broadcastDim(dimA, dimB));
	}
	return shape;
}

export function formatDim(dim: Dim): string {
	return dim >= 0 ? String(dim) : dim === -1 ? "N" : `${-dim}N`;
}

export function formatShape(shape: readonly Dim[]): string {
	return `[${shape.map(formatDim).join(", ")}]`;
}
