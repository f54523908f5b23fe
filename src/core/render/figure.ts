/** The picture that the command line saves: maps, input, colour bar with numbers, and a caption. */
import { type Colormap, colormap, defaultColormap, paint, rangeFor, type ValueRange } from "../../shared/colormap";
import { inputPicture } from "../../shared/input-picture";
import type { AttributionMap, ExplanationResult } from "../../shared/result";
import type { Samples } from "../data/resize";
import { mapGrid, tile } from "./grid";
import { type FlatMap, flatMaps, kernelMaps, upsample } from "./maps";
import { overlay, rasterOf } from "./overlay";
import { blank, blit, magnify, type Raster, type Rgb } from "./raster";
import { cutText, drawText, TEXT_HEIGHT, textWidth } from "./text";

const PAPER: Rgb = [255, 255, 255];
const INK: Rgb = [32, 32, 32];
const GAP: Rgb = [208, 208, 208];
const MARGIN = 8;
const BAR_HEIGHT = 12;
/** Pixels of a side that a figure aims at. */
const AIM = 448;
/** More maps than this are not drawn; the numbers are in `.npz`. */
const MOST_TILES = 1024;
const OPACITY = 0.65;

/** A short number for a colour bar: three significant digits. */
export function shortNumber(value: number): string {
	if (value === 0) return "0";
	const magnitude = Math.abs(value);
	return magnitude >= 1e4 || magnitude < 1e-3 ? value.toExponential(2) : String(Number(value.toPrecision(3)));
}

/** A bar of all colours with the numbers of its ends, and of its middle, below. Without a range: from low to high. */
export function colourBar(
	colours: Colormap,
	range: ValueRange | undefined,
	width: number,
	{ paper, ink }: { readonly paper: Rgb; readonly ink: Rgb } = { paper: PAPER, ink: INK },
): Raster {
	const bar = blank(width, BAR_HEIGHT + 3 + TEXT_HEIGHT, paper);
	const ramp = Float32Array.from({ length: width }, (_, x) => x);
	const row = { width, height: 1, rgba: new Uint8Array(width * 4) };
	paint(ramp, { low: 0, high: width - 1 }, colours, row.rgba);
	for (let y = 0; y < BAR_HEIGHT; y++) blit(bar, row, 0, y);
	const labels = range
		? [range.low, (range.low + range.high) / 2, range.high].map(shortNumber)
		: ["low", "each map on its own scale", "high"];
	const widths = labels.map((label) => textWidth(label));
	const top = BAR_HEIGHT + 3;
	drawText(bar, labels[0]!, 0, top, ink);
	drawText(bar, labels[2]!, width - widths[2]!, top, ink);
	const middle = Math.round((width - widths[1]!) / 2);
	if (middle > widths[0]! + 6 && middle + widths[1]! < width - widths[2]! - 6)
		drawText(bar, labels[1]!, middle, top, ink);
	return bar;
}

export interface FigureOptions {
	/** Lines above the maps. */
	readonly caption: readonly string[];
	/** What the network sees, by input name and example: drawn beside a map of the input and below it. */
	readonly pictures: Readonly<Record<string, readonly Samples[]>>;
	/** Every map of a grid on its own scale instead of on one for all; the colour bar then has no numbers. */
	readonly ownScale?: boolean;
}

/**
 * A result as a figure: channels of activations and kernels one by one in a grid, everything else summed over channels,
 * beside and over the input. All maps are on one scale, which the colour bar tells.
 */
export function drawFigure(result: ExplanationResult, options: FigureOptions): Raster {
	const colours = colormap(defaultColormap(result.quantity));
	const { quantity } = result;
	if (quantity === "activation" || quantity === "weight") {
		const maps = result.maps.flatMap((map) =>
			quantity === "weight"
				? kernelMaps(map.tensor)
				: examplesOf(map).flatMap((example) => flatMaps(map, example, "each")),
		);
		const shown = maps.slice(0, MOST_TILES);
		const caption =
			maps.length > shown.length
				? [...options.caption, `the first ${shown.length} of ${maps.length} maps`]
				: options.caption;
		const shared = rangeFor(colours, quantity, joinValues(shown));
		const rangeOf = (map: FlatMap) => (options.ownScale ? rangeFor(colours, quantity, map.values) : shared);
		const grid = mapGrid(shown, rangeOf, colours, {
			gap: gapOf(shown),
			magnification: magnification(shown),
			background: GAP,
		});
		return withCaption(grid, (width) => colourBar(colours, options.ownScale ? undefined : shared, width), caption);
	}
	const edited = quantity === "input" ? editedPanels(result, options.pictures) : [];
	if (edited.length > 0) {
		const body = edited.length === 1 ? edited[0]! : tile(edited, { gap: MARGIN, magnification: 1, background: PAPER });
		return withCaption(body, undefined, options.caption);
	}
	const maps = result.maps.flatMap((map) =>
		examplesOf(map).map((example) => ({
			picture: pictureFor(options.pictures, map.at, example),
			flat: flatMaps(map, example, "sum"),
		})),
	);
	const range = rangeFor(colours, quantity, joinValues(maps.flatMap(({ flat }) => flat)));
	const panels = maps.slice(0, MOST_TILES).map(({ flat, picture }) => panel(flat, picture, range, colours));
	const body = panels.length === 1 ? panels[0]! : tile(panels, { gap: MARGIN, magnification: 1, background: PAPER });
	return withCaption(body, (width) => colourBar(colours, range, width), options.caption);
}

const examplesOf = (map: AttributionMap) => Array.from({ length: map.tensor.shape[0] ?? 1 }, (_, example) => example);

/** Inputs that are pictures: as they were, where that is known, and as they were edited. */
function editedPanels({ maps, provenance }: ExplanationResult, pictures: FigureOptions["pictures"]): Raster[] {
	return maps
		.flatMap((map) =>
			examplesOf(map).flatMap((example) => {
				const picture = inputPicture(map, example, provenance.preprocess);
				if (!picture) return [];
				const before = pictures[map.at]?.[example];
				const times = Math.max(1, Math.floor(AIM / Math.max(picture.width, picture.height) / 1.5));
				const rasters = [...(before ? [rasterOf(before)] : []), picture].map((raster) => magnify(raster, times));
				return [tile(rasters, { columns: rasters.length, gap: 1, magnification: 1, background: GAP })];
			}),
		)
		.slice(0, MOST_TILES);
}

function pictureFor(pictures: FigureOptions["pictures"], at: string, example: number): Samples | undefined {
	const list = pictures[at] ?? Object.values(pictures)[0];
	return list?.[example];
}

/** Input, map, and map over input, side by side; only the map where there is no picture. */
function panel(flat: readonly FlatMap[], picture: Samples | undefined, range: ValueRange, colours: Colormap): Raster {
	const [first] = flat;
	if (!first || !picture || flat.length > 1) {
		return mapGrid(flat, () => range, colours, { gap: 1, magnification: magnification(flat), background: GAP });
	}
	const { width, height } = picture;
	const times = Math.max(1, Math.floor(AIM / Math.max(width, height) / 1.5));
	const map = upsample(first, width, height);
	const tiles = [
		rasterOf(picture),
		mapGrid([map], () => range, colours, { gap: 0, magnification: 1, background: GAP }),
		overlay(picture, map, range, colours, OPACITY),
	];
	return tile(
		tiles.map((raster) => magnify(raster, times)),
		{ columns: 3, gap: 1, magnification: 1, background: GAP },
	);
}

/** Whole pixels, so that a cell of a map stays a square with sharp edges. */
function magnification(maps: readonly FlatMap[]): number {
	const side = Math.max(1, ...maps.map((map) => Math.max(map.width, map.height)));
	const columns = Math.ceil(Math.sqrt(Math.min(maps.length, MOST_TILES)));
	return Math.max(1, Math.min(32, Math.floor(AIM / (side * columns))));
}

/** Wide enough that small kernels can be told apart. */
const gapOf = (maps: readonly FlatMap[]) => Math.max(1, Math.round(magnification(maps) / 4));

function joinValues(maps: readonly FlatMap[]): Float32Array {
	const all = new Float32Array(maps.reduce((sum, map) => sum + map.values.length, 0));
	let at = 0;
	for (const map of maps) {
		all.set(map.values, at);
		at += map.values.length;
	}
	return all;
}

function withCaption(body: Raster, barOf: ((width: number) => Raster) | undefined, caption: readonly string[]): Raster {
	const bar = barOf?.(Math.max(body.width, 160));
	const width = Math.max(body.width, bar?.width ?? 0, 320) + 2 * MARGIN;
	const line = TEXT_HEIGHT + 4;
	const top = MARGIN + caption.length * line;
	const figure = blank(width, top + body.height + MARGIN + (bar ? bar.height + MARGIN : 0), PAPER);
	for (const [i, text] of caption.entries())
		drawText(figure, cutText(text, width - 2 * MARGIN), MARGIN, MARGIN + i * line, INK);
	blit(figure, body, MARGIN, top);
	if (bar) blit(figure, bar, MARGIN, top + body.height + MARGIN);
	return figure;
}
