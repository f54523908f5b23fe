import type { MaskedInput } from "./masked-inputs";

/** Two cells along an axis that a position lies between, and the share of the second. */
interface Line {
	readonly low: Int32Array;
	readonly high: Int32Array;
	readonly share: Float32Array;
}

/** Fewest cells along an axis that has so many positions. */
const FEWEST = 7;

/**
 * A mask of few cells, enlarged to the positions of an input by linear interpolation (half-pixel centres, border
 * repeated), with the transpose that takes gradients back. Elements of a vector have a cell each.
 */
export class MaskSurface {
	/** Cells along each axis. */
	readonly cells: readonly number[];
	/** Cells of an example. */
	readonly size: number;
	private readonly lines: readonly Line[];

	/** @param scale positions for each cell along an axis */
	constructor(
		private readonly input: MaskedInput,
		scale: number,
	) {
		const { extents, isVector } = input;
		this.cells = extents.map((extent) =>
			isVector ? extent : Math.min(extent, Math.max(FEWEST, Math.round(extent / scale))),
		);
		this.size = this.cells.reduce((product, count) => product * count, 1);
		this.lines = extents.map((extent, axis) => lineOf(extent, this.cells[axis] as number));
	}

	/** Positions from cells, of one example. */
	enlarge(cells: Float32Array): Float32Array {
		let values = cells;
		for (const [axis, line] of this.lines.entries())
			values = along(values, line, this.split(axis, this.input.extents.slice(0, axis), this.cells.slice(axis + 1)));
		return values;
	}

	/** The transpose: what each cell adds up to. */
	gather(positions: Float32Array): Float32Array {
		let values = positions;
		for (let axis = this.lines.length - 1; axis >= 0; axis--)
			values = back(
				values,
				this.lines[axis] as Line,
				this.split(axis, this.input.extents.slice(0, axis), this.cells.slice(axis + 1)),
			);
		return values;
	}

	private split(axis: number, before: readonly number[], after: readonly number[]): Split {
		const product = (extents: readonly number[]) => extents.reduce((size, extent) => size * extent, 1);
		return {
			outer: product(before),
			cells: this.cells[axis] as number,
			extent: this.input.extents[axis] as number,
			inner: product(after),
		};
	}
}

interface Split {
	readonly outer: number;
	readonly cells: number;
	readonly extent: number;
	readonly inner: number;
}

function lineOf(extent: number, cells: number): Line {
	const line = { low: new Int32Array(extent), high: new Int32Array(extent), share: new Float32Array(extent) };
	for (let at = 0; at < extent; at++) {
		const centre = Math.min(cells - 1, Math.max(0, ((at + 0.5) * cells) / extent - 0.5));
		line.low[at] = Math.floor(centre);
		line.high[at] = Math.min(cells - 1, Math.floor(centre) + 1);
		line.share[at] = centre - Math.floor(centre);
	}
	return line;
}

function along(values: Float32Array, { low, high, share }: Line, { outer, cells, extent, inner }: Split): Float32Array {
	const result = new Float32Array(outer * extent * inner);
	for (let block = 0, to = 0; block < outer; block++) {
		for (let at = 0; at < extent; at++) {
			const [first, second] = [
				(block * cells + (low[at] as number)) * inner,
				(block * cells + (high[at] as number)) * inner,
			];
			const part = share[at] as number;
			for (let i = 0; i < inner; i++, to++)
				result[to] = (1 - part) * (values[first + i] as number) + part * (values[second + i] as number);
		}
	}
	return result;
}

function back(values: Float32Array, { low, high, share }: Line, { outer, cells, extent, inner }: Split): Float32Array {
	const result = new Float32Array(outer * cells * inner);
	for (let block = 0, from = 0; block < outer; block++) {
		for (let at = 0; at < extent; at++) {
			const [first, second] = [
				(block * cells + (low[at] as number)) * inner,
				(block * cells + (high[at] as number)) * inner,
			];
			const part = share[at] as number;
			for (let i = 0; i < inner; i++, from++) {
				result[first + i] = (result[first + i] as number) + (1 - part) * (values[from] as number);
				result[second + i] = (result[second + i] as number) + part * (values[from] as number);
			}
		}
	}
	return result;
}
