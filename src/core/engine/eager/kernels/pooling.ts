import { integers, text } from "../../../program/attributes";
import type { Attributes } from "../../../program/types";
import { samePadding } from "../../../program/vocabulary";
import type { Kernel, KernelTable } from "./kernel";

/**
 * Pooling over [N, D, H, W, C]; maps without depth have D = 1. The backends' own kernels are not used: they know
 * neither which of several equal maxima wins nor all windows (XNNPACK refuses a window of one cell).
 */
interface Geometry {
	readonly batch: number;
	readonly channels: number;
	/** Cells of the unpooled and the pooled map by axis: depth, height, width. */
	readonly cells: readonly number[];
	readonly pooled: readonly number[];
	readonly window: readonly number[];
	readonly strides: readonly number[];
	/** Cells that the first window reaches over the edge. */
	readonly before: readonly number[];
}

function geometry(unpooled: readonly number[], pooled: readonly number[], attributes: Attributes): Geometry {
	const flat = unpooled.length === 4;
	const volume = (list: readonly number[]) => (flat ? [1, ...list] : [...list]);
	const window = volume(integers(attributes, "window"));
	const strides = volume(integers(attributes, "strides"));
	const cells = volume(unpooled.slice(1, -1));
	const same = text(attributes, "padding") === "same";
	const before = cells.map((extent, axis) =>
		same ? samePadding(extent, window[axis] as number, strides[axis] as number)[0] : 0,
	);
	return {
		batch: unpooled[0] as number,
		channels: unpooled.at(-1) as number,
		cells,
		pooled: volume(pooled.slice(1, -1)),
		window,
		strides,
		before,
	};
}

/** For every window: where its result lies, and where its cells that are inside the map lie (row-major), as offsets of channel 0. */
function eachWindow(g: Geometry, visit: (result: number, cells: Int32Array, count: number) => void): void {
	const [pooledD, pooledH, pooledW] = g.pooled as [number, number, number];
	const [extentD, extentH, extentW] = g.cells as [number, number, number];
	const [windowD, windowH, windowW] = g.window as [number, number, number];
	const [strideD, strideH, strideW] = g.strides as [number, number, number];
	const [beforeD, beforeH, beforeW] = g.before as [number, number, number];
	const cells = new Int32Array(windowD * windowH * windowW);
	let result = 0;
	for (let n = 0; n < g.batch; n++) {
		for (let z = 0; z < pooledD; z++) {
			for (let y = 0; y < pooledH; y++) {
				for (let x = 0; x < pooledW; x++) {
					let count = 0;
					for (let d = z * strideD - beforeD, endD = d + windowD; d < endD; d++) {
						if (d < 0 || d >= extentD) continue;
						for (let h = y * strideH - beforeH, endH = h + windowH; h < endH; h++) {
							if (h < 0 || h >= extentH) continue;
							for (let w = x * strideW - beforeW, endW = w + windowW; w < endW; w++) {
								if (w >= 0 && w < extentW)
									cells[count++] = (((n * extentD + d) * extentH + h) * extentW + w) * g.channels;
							}
						}
					}
					visit(result, cells, count);
					result += g.channels;
				}
			}
		}
	}
}

const maxPool: Kernel = ({ backend, inputs: [x], attributes, shape, dtype }) => {
	const g = geometry(x!.shape, shape, attributes);
	const result = backend.allocate(shape, dtype);
	const from = backend.view(x!);
	const to = backend.view(result);
	eachWindow(g, (at, cells, count) => {
		for (let c = 0; c < g.channels; c++) to[at + c] = Number.NEGATIVE_INFINITY;
		for (let k = 0; k < count; k++) {
			const cell = cells[k] as number;
			for (let c = 0; c < g.channels; c++) {
				const value = from[cell + c] as number;
				if (value > (to[at + c] as number) || Number.isNaN(value)) to[at + c] = value;
			}
		}
	});
	return result;
};

const maxPoolGrad: Kernel = ({ backend, inputs: [x, y, dy], attributes, shape, dtype }) => {
	const g = geometry(shape, y!.shape, attributes);
	const result = backend.allocate(shape, dtype);
	const from = backend.view(x!);
	const gradient = backend.view(dy!);
	const to = backend.view(result);
	to.fill(0);
	const best = new Float32Array(g.channels);
	const where = new Int32Array(g.channels);
	eachWindow(g, (at, cells, count) => {
		best.fill(Number.NEGATIVE_INFINITY);
		where.fill(cells[0] as number);
		for (let k = 0; k < count; k++) {
			const cell = cells[k] as number;
			for (let c = 0; c < g.channels; c++) {
				const value = from[cell + c] as number;
				// Strictly larger: the first maximum keeps its place.
				if (value > (best[c] as number)) {
					best[c] = value;
					where[c] = cell;
				}
			}
		}
		for (let c = 0; c < g.channels; c++) {
			const cell = (where[c] as number) + c;
			to[cell] = (to[cell] as number) + (gradient[at + c] as number);
		}
	});
	return result;
};

const avgPool: Kernel = ({ backend, inputs: [x], attributes, shape, dtype }) => {
	const g = geometry(x!.shape, shape, attributes);
	const result = backend.allocate(shape, dtype);
	const from = backend.view(x!);
	const to = backend.view(result);
	const sums = new Float64Array(g.channels);
	eachWindow(g, (at, cells, count) => {
		sums.fill(0);
		for (let k = 0; k < count; k++) {
			const cell = cells[k] as number;
			for (let c = 0; c < g.channels; c++) sums[c] = (sums[c] as number) + (from[cell + c] as number);
		}
		for (let c = 0; c < g.channels; c++) to[at + c] = (sums[c] as number) / count;
	});
	return result;
};

const avgPoolGrad: Kernel = ({ backend, inputs: [dy], attributes, shape, dtype }) => {
	const g = geometry(shape, dy!.shape, attributes);
	const result = backend.allocate(shape, dtype);
	const gradient = backend.view(dy!);
	const to = backend.view(result);
	to.fill(0);
	eachWindow(g, (at, cells, count) => {
		for (let k = 0; k < count; k++) {
			const cell = cells[k] as number;
			for (let c = 0; c < g.channels; c++)
				to[cell + c] = (to[cell + c] as number) + (gradient[at + c] as number) / count;
		}
	});
	return result;
};

export const POOLING_KERNELS: KernelTable = {
	maxPool2d: maxPool,
	maxPool3d: maxPool,
	maxPool2dGrad: maxPoolGrad,
	maxPool3dGrad: maxPoolGrad,
	avgPool2d: avgPool,
	avgPool3d: avgPool,
	avgPool2dGrad: avgPoolGrad,
	avgPool3dGrad: avgPoolGrad,
};
