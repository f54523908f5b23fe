import { type Colormap, paint, type ValueRange } from "../../shared/colormap";
import type { FlatMap } from "./maps";
import { blank, blit, magnify, type Raster, type Rgb } from "./raster";

/** A map in its colours. */
export function paintMap(map: FlatMap, range: ValueRange, colours: Colormap): Raster {
	const rgba = new Uint8Array(map.width * map.height * 4);
	paint(map.values, range, colours, rgba);
	return { width: map.width, height: map.height, rgba };
}

export interface GridStyle {
	readonly columns?: number;
	/** Pixels between the tiles and around them. */
	readonly gap: number;
	/** Pixels of a side that a pixel of a tile becomes. */
	readonly magnification: number;
	readonly background: Rgb;
}

/** Tiles in rows, as square as may be where no number of columns is given. Every tile has the place of the largest one. */
export function tile(tiles: readonly Raster[], style: GridStyle): Raster {
	const large = tiles.map((raster) => magnify(raster, style.magnification));
	const width = Math.max(1, ...large.map((raster) => raster.width));
	const height = Math.max(1, ...large.map((raster) => raster.height));
	const columns = style.columns ?? Math.max(1, Math.ceil(Math.sqrt((large.length * height) / width)));
	const rows = Math.max(1, Math.ceil(large.length / columns));
	const grid = blank(
		columns * (width + style.gap) + style.gap,
		rows * (height + style.gap) + style.gap,
		style.background,
	);
	for (const [i, raster] of large.entries()) {
		const [row, column] = [Math.floor(i / columns), i % columns];
		blit(grid, raster, style.gap + column * (width + style.gap), style.gap + row * (height + style.gap));
	}
	return grid;
}

/** Maps in a grid: on one scale, or each on the scale that `rangeOf` gives it. */
export function mapGrid(
	maps: readonly FlatMap[],
	rangeOf: (map: FlatMap) => ValueRange,
	colours: Colormap,
	style: GridStyle,
): Raster {
	return tile(
		maps.map((map) => paintMap(map, rangeOf(map), colours)),
		style,
	);
}
