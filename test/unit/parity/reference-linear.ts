import {
	broadcastFlat,
	type Expected,
	flatten,
	indices,
	type NdArray,
	type Reference,
	sizeOf,
	summed,
	tabulate,
} from "./reference";

/** Sums of products: values, sums of absolute products, number of products. */
class Accumulator {
	private readonly values: number[];
	private readonly magnitudes: number[];
	private readonly terms: number[];

	constructor(size: number) {
		this.values = new Array(size).fill(0);
		this.magnitudes = new Array(size).fill(0);
		this.terms = new Array(size).fill(0);
	}

	add(place: number, product: number): void {
		this.values[place] = (this.values[place] as number) + product;
		this.magnitudes[place] = (this.magnitudes[place] as number) + Math.abs(product);
		this.terms[place] = (this.terms[place] as number) + 1;
	}

	result(): Expected {
		return summed(this.values, this.magnitudes, this.terms);
	}
}

const matmul: Reference = ([x, y], { transposeA, transposeB }, shape) => {
	const inner = x!.shape.at(transposeA ? -2 : -1) as number;
	// How far the next factor of a dot product lies behind the one before.
	const stepX = transposeA ? (x!.shape.at(-1) as number) : 1;
	const stepY = transposeB ? 1 : (y!.shape.at(-1) as number);
	const sums = new Accumulator(sizeOf(shape));
	for (const [flat, index] of [...indices(shape)].entries()) {
		const leading = index.slice(0, -2);
		const [row, column] = index.slice(-2) as [number, number];
		const firstX = broadcastFlat(x!, [...leading, ...(transposeA ? [0, row] : [row, 0])]);
		const firstY = broadcastFlat(y!, [...leading, ...(transposeB ? [column, 0] : [0, column])]);
		for (let k = 0; k < inner; k++) sums.add(flat, value(x!, firstX + k * stepX) * value(y!, firstY + k * stepY));
	}
	return sums.result();
};

interface Meeting {
	x: number;
	kernel: number;
	y: number;
}

/** Every input cell, kernel cell and result cell that meet in a convolution. Depthwise kernels have [.., channels, multiplier]. */
function* meetings(
	x: readonly number[],
	kernel: readonly number[],
	y: readonly number[],
	attributes: Record<string, unknown>,
	depthwise: boolean,
): Generator<Meeting> {
	const strides = attributes.strides as number[];
	const padding = attributes.padding as number[][];
	const dilations = attributes.dilations as number[];
	const [channels, last] = kernel.slice(-2) as [number, number];
	const offsets = [...indices(kernel.slice(0, -2))];
	const all = Array.from({ length: channels }, (_, channel) => channel);
	for (const place of indices(y)) {
		const channel = place.at(-1) as number;
		const [taken, made] = depthwise ? [[Math.floor(channel / last)], channel % last] : [all, channel];
		for (const offset of offsets) {
			const position = offset.map(
				(o, axis) =>
					(place[axis + 1] as number) * (strides[axis] as number) -
					(padding[axis]?.[0] as number) +
					o * (dilations[axis] as number),
			);
			if (position.some((p, axis) => p < 0 || p >= (x[axis + 1] as number))) continue;
			for (const from of taken) {
				yield {
					x: flatten([place[0] as number, ...position, from], x),
					kernel: flatten([...offset, from, made], kernel),
					y: flatten(place, y),
				};
			}
		}
	}
}

const forward =
	(depthwise: boolean): Reference =>
	([x, kernel], attributes, shape) => {
		const sums = new Accumulator(sizeOf(shape));
		for (const met of meetings(x!.shape, kernel!.shape, shape, attributes, depthwise))
			sums.add(met.y, value(x!, met.x) * value(kernel!, met.kernel));
		return sums.result();
	};

const inputGrad =
	(depthwise: boolean): Reference =>
	([dy, kernel], attributes, shape) => {
		const sums = new Accumulator(sizeOf(shape));
		for (const met of meetings(shape, kernel!.shape, dy!.shape, attributes, depthwise))
			sums.add(met.x, value(dy!, met.y) * value(kernel!, met.kernel));
		return sums.result();
	};

const filterGrad: Reference = ([x, dy], attributes, shape) => {
	const sums = new Accumulator(sizeOf(shape));
	for (const met of meetings(x!.shape, shape, dy!.shape, attributes, false))
		sums.add(met.kernel, value(x!, met.x) * value(dy!, met.y));
	return sums.result();
};

const value = (x: NdArray, flat: number) => x.data[flat] as number;

export const LINEAR_REFERENCES: Record<string, Reference> = {
	matmul,
	conv2d: forward(false),
	conv2dInputGrad: inputGrad(false),
	conv2dFilterGrad: filterGrad,
	depthwiseConv2d: forward(true),
	depthwiseConv2dInputGrad: inputGrad(true),
	conv3d: forward(false),
	conv3dInputGrad: inputGrad(false),
};

/** Cells of the unpooled map inside the window of a result cell, row-major, as flat indices. */
function windowCells(map: readonly number[], place: readonly number[], attributes: Record<string, unknown>): number[] {
	const window = attributes.window as number[];
	const strides = attributes.strides as number[];
	const found: number[] = [];
	for (const offset of indices(window)) {
		const position = offset.map((o, axis) => {
			const extent = map[axis + 1] as number;
			const stride = strides[axis] as number;
			const over = Math.max(0, (Math.ceil(extent / stride) - 1) * stride + (window[axis] as number) - extent);
			const before = attributes.padding === "same" ? Math.floor(over / 2) : 0;
			return (place[axis + 1] as number) * stride - before + o;
		});
		const inside = position.every((p, axis) => p >= 0 && p < (map[axis + 1] as number));
		if (inside) found.push(flatten([place[0] as number, ...position, place.at(-1) as number], map));
	}
	return found;
}

const maxPool: Reference = ([x], attributes, shape) => {
	const values = tabulate(shape, (place) =>
		Math.max(...windowCells(x!.shape, place, attributes).map((cell) => value(x!, cell))),
	);
	return { values, tolerance: values.map(() => 0) };
};

const avgPool: Reference = ([x], attributes, shape) => {
	const sums = new Accumulator(sizeOf(shape));
	for (const place of indices(shape)) {
		const cells = windowCells(x!.shape, place, attributes);
		for (const cell of cells) sums.add(flatten(place, shape), value(x!, cell) / cells.length);
	}
	return sums.result();
};

const maxPoolGrad: Reference = ([x, y, dy], attributes, shape) => {
	const sums = new Accumulator(sizeOf(shape));
	for (const place of indices(y!.shape)) {
		const cells = windowCells(shape, place, attributes);
		const largest = Math.max(...cells.map((cell) => value(x!, cell)));
		const first = cells.find((cell) => value(x!, cell) === largest) as number;
		sums.add(first, value(dy!, flatten(place, y!.shape)));
	}
	return sums.result();
};

const avgPoolGrad: Reference = ([dy], attributes, shape) => {
	const sums = new Accumulator(sizeOf(shape));
	for (const place of indices(dy!.shape)) {
		const cells = windowCells(shape, place, attributes);
		for (const cell of cells) sums.add(cell, value(dy!, flatten(place, dy!.shape)) / cells.length);
	}
	return sums.result();
};

export const POOL_REFERENCES: Record<string, Reference> = {
	maxPool2d: maxPool,
	maxPool3d: maxPool,
	maxPool2dGrad: maxPoolGrad,
	maxPool3dGrad: maxPoolGrad,
	avgPool2d: avgPool,
	avgPool3d: avgPool,
	avgPool2dGrad: avgPoolGrad,
	avgPool3dGrad: avgPoolGrad,
};
