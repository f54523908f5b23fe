/** Where the values of a line of a mask come from: `low` and the cell after it, `share` of the latter. */
interface Line {
	readonly low: Int32Array;
	readonly high: Int32Array;
	readonly share: Float32Array;
}

/**
 * Masks from coarse grids, enlarged by linear interpolation. The grid of an axis with n positions is enlarged to
 * (cells + 1) * ceil(n / cells) positions, of which n from a shift on are taken (RISE: Petsiuk, Das, Saenko 2018). Equal to
 * scikit-image `resize(order=1, mode="reflect", anti_aliasing=False)`: half-pixel centres, mirrored at the border.
 */
export class GridMask {
	/** Positions of a cell along each axis; shifts are 0 up to this. */
	readonly cellSizes: readonly number[];
	private readonly lines: readonly Line[];

	/** @param extents of the mask @param cells of the grid along each axis, at most the extent */
	constructor(
		private readonly extents: readonly number[],
		readonly cells: readonly number[],
	) {
		this.cellSizes = extents.map((extent, axis) => Math.ceil(extent / (cells[axis] as number)));
		this.lines = extents.map((_, axis) => lineOf(cells[axis] as number, this.cellSizes[axis] as number));
	}

	/** @param grid row-major @param shifts along each axis */
	enlarge(grid: Float32Array, shifts: readonly number[]): Float32Array {
		let values = grid;
		// The innermost axis first: then the last step, which does most of the work, runs along whole rows.
		for (let axis = this.extents.length - 1; axis >= 0; axis--) {
			const inner = this.extents.slice(axis + 1).reduce((product, extent) => product * extent, 1);
			values = enlargeAxis(values, this.lines[axis] as Line, {
				cells: this.cells[axis] as number,
				extent: this.extents[axis] as number,
				shift: shifts[axis] as number,
				inner,
			});
		}
		return values;
	}
}

function lineOf(cells: number, cellSize: number): Line {
	const length = (cells + 1) * cellSize;
	const line = { low: new Int32Array(length), high: new Int32Array(length), share: new Float32Array(length) };
	for (let at = 0; at < length; at++) {
		const centre = Math.abs(((at + 0.5) * cells) / length - 0.5);
		const mirrored = centre > cells - 1 ? Math.max(0, 2 * (cells - 1) - centre) : centre;
		const low = Math.min(Math.floor(mirrored), Math.max(0, cells - 2));
		line.low[at] = low;
		line.high[at] = Math.min(low + 1, cells - 1);
		line.share[at] = mirrored - low;
	}
	return line;
}

function enlargeAxis(
	values: Float32Array,
	{ low, high, share }: Line,
	{ cells, extent, shift, inner }: { cells: number; extent: number; shift: number; inner: number },
): Float32Array {
	const outer = values.length / (cells * inner);
	const result = new Float32Array(outer * extent * inner);
	for (let block = 0, to = 0; block < outer; block++) {
		const from = block * cells * inner;
		for (let at = shift; at < shift + extent; at++) {
			const part = share[at] as number;
			const first = from + (low[at] as number) * inner;
			const second = from + (high[at] as number) * inner;
			for (let i = 0; i < inner; i++, to++) {
				const value = values[first + i] as number;
				result[to] = value + part * ((values[second + i] as number) - value);
			}
		}
	}
	return result;
}
