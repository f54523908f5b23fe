/** The picture of a contact sheet: the input, a map for each method with its numbers, one colour bar, the agreement. */
import { colormap, rangeFor, type ValueRange } from "../../shared/colormap";
import type { Sheet, SheetEntry, SheetResult, SheetScale } from "../../shared/sheet";
import type { Samples } from "../data/resize";
import { colourBar, shortNumber } from "./figure";
import { paintMap } from "./grid";
import { type FlatMap, flatMaps, upsample } from "./maps";
import { rasterOf } from "./overlay";
import { blank, blit, fillRectangle, magnify, type Raster, type Rgb } from "./raster";
import { cutText, drawText, TEXT_HEIGHT, textWidth, wrapText } from "./text";

interface Theme {
	readonly paper: Rgb;
	readonly ink: Rgb;
	readonly quiet: Rgb;
	readonly line: Rgb;
}

const THEMES: Readonly<Record<"light" | "dark", Theme>> = {
	light: { paper: [255, 255, 255], ink: [24, 24, 24], quiet: [104, 104, 104], line: [208, 208, 208] },
	dark: { paper: [31, 31, 31], ink: [236, 236, 236], quiet: [160, 160, 160], line: [74, 74, 74] },
};

/** Pixels of a side of a map. */
const TILE = 224;
const GAP = 24;
const MARGIN = 24;
const COLUMNS = 5;
const LINE = TEXT_HEIGHT + 5;
/** Scale of titles and of the names of methods. */
const LARGE = 2;

export interface SheetFigureOptions {
	/** What is explained, and on what; the first line is the title. */
	readonly caption: readonly string[];
	/** The input as a picture, where it is one. */
	readonly picture?: Samples;
	readonly scale: SheetScale;
	readonly theme: "light" | "dark";
}

/** Draws what the sheet holds so far. Maps are diverging and centred at zero, all on one colour bar. */
export function drawSheet(sheet: Sheet, { caption, picture, scale, theme: name }: SheetFigureOptions): Raster {
	const theme = THEMES[name];
	const colours = colormap("diverging");
	const flats = sheet.entries.map(({ result }) => result && flatOf(result, scale));
	const values = flats.flatMap((flat) => (flat ? [...flat.values] : []));
	const range = scale === "relative" ? { low: -1, high: 1 } : rangeFor(colours, "signed", Float32Array.from(values));
	const tiles = sheet.entries.map((entry, at) => entryTile(entry, flats[at], picture, range, theme));
	const all = [...(picture ? [inputTile(picture, theme)] : []), ...tiles];
	const columns = Math.min(COLUMNS, Math.max(3, Math.ceil(Math.sqrt(all.length))));
	const grid = rowsOf(all, columns, theme.paper);
	const width = columns * (TILE + GAP) - GAP;
	const scaleLine =
		scale === "relative"
			? "Each map divided by its largest absolute value"
			: "Raw values, one scale for all maps: gradients and relevances have other units";
	const parts = [
		heading(caption, width, theme),
		grid,
		textLines([scaleLine], width, theme.quiet, theme.paper),
		colourBar(colours, range, width, theme),
		...(sheet.agreement ? [agreementTile(sheet, width, theme)] : []),
	];
	const height = parts.reduce((sum, part) => sum + part.height + GAP, 0) - GAP;
	const figure = blank(width + 2 * MARGIN, height + 2 * MARGIN, theme.paper);
	let top = MARGIN;
	for (const part of parts) {
		blit(figure, part, MARGIN, top);
		top += part.height + GAP;
	}
	return figure;
}

/** One map of numbers for a result: summed over channels, of the first example. */
function flatOf({ map }: SheetResult, scale: SheetScale): FlatMap | undefined {
	const [flat] = flatMaps(map, 0, "sum");
	if (!flat || scale === "raw") return flat;
	const largest = flat.values.reduce((most, value) => Math.max(most, Number.isNaN(value) ? 0 : Math.abs(value)), 0);
	return largest > 0 ? { ...flat, values: flat.values.map((value) => value / largest) } : flat;
}

/** A picture as large as fits into a tile, in whole pixels where it is small. */
function fitted(raster: Raster): Raster {
	const side = Math.max(raster.width, raster.height);
	if (side <= TILE) return magnify(raster, Math.max(1, Math.floor(TILE / side)));
	const [width, height] = [raster.width, raster.height].map((extent) =>
		Math.max(1, Math.round((extent * TILE) / side)),
	);
	const small = blank(width!, height!, [0, 0, 0]);
	const [from, to] = [new Uint32Array(raster.rgba.slice().buffer), new Uint32Array(small.rgba.buffer)];
	for (let y = 0; y < height!; y++)
		for (let x = 0; x < width!; x++)
			to[y * width! + x] =
				from[
					Math.floor(((y + 0.5) * raster.height) / height!) * raster.width +
						Math.floor(((x + 0.5) * raster.width) / width!)
				]!;
	return small;
}

const inputTile = (picture: Samples, theme: Theme): Raster =>
	tileOf("input", fitted(rasterOf(picture)), [`${picture.width} x ${picture.height}`], theme);

function entryTile(
	{ title, result, refusal }: SheetEntry,
	flat: FlatMap | undefined,
	picture: Samples | undefined,
	range: ValueRange,
	theme: Theme,
): Raster {
	if (!result || !flat) {
		const reason = wrapText(refusal?.message ?? "no map", TILE - 16).slice(0, 12);
		const box = blank(TILE, TILE, theme.paper);
		frame(box, theme.line);
		for (const [at, line] of ["does not apply:", ...reason].entries())
			drawText(box, line, 8, 8 + at * LINE, at === 0 ? theme.ink : theme.quiet);
		return tileOf(title, box, [], theme);
	}
	const isMapOfPicture = picture && flat.width * picture.height === flat.height * picture.width;
	const shown = isMapOfPicture ? upsample(flat, picture.width, picture.height) : flat;
	return tileOf(title, fitted(paintMap(shown, range, colormap("diverging"))), numbersOf(result), theme);
}

/** The numbers below a map. */
function numbersOf({ provenance, scores, unmeasured }: SheetResult): string[] {
	const { completeness, milliseconds } = provenance;
	return [
		...(completeness ? [`completeness gap ${shortNumber(completeness.gap * 100)} %`] : []),
		...scores.map(({ metric, score }) => `${metric} ${Number.isNaN(score) ? "not defined" : shortNumber(score)}`),
		...Object.keys(unmeasured).map((metric) => `${metric} does not apply`),
		milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${shortNumber(milliseconds / 1000)} s`,
	];
}

function tileOf(title: string, body: Raster, lines: readonly string[], theme: Theme): Raster {
	const head = LINE + 6;
	const below = head + body.height + 8;
	const tile = blank(TILE, below + lines.length * LINE, theme.paper);
	drawText(tile, cutText(title, TILE), 0, 2, theme.ink);
	blit(tile, body, 0, head);
	for (const [at, line] of lines.entries()) drawText(tile, cutText(line, TILE), 0, below + at * LINE, theme.quiet);
	return tile;
}

/** Tiles in rows, each row as high as its highest tile. */
function rowsOf(tiles: readonly Raster[], columns: number, paper: Rgb): Raster {
	const rows = Array.from({ length: Math.ceil(tiles.length / columns) }, (_, row) =>
		tiles.slice(row * columns, (row + 1) * columns),
	);
	const heights = rows.map((row) => Math.max(...row.map(({ height }) => height)));
	const grid = blank(
		columns * (TILE + GAP) - GAP,
		Math.max(1, heights.reduce((sum, height) => sum + height + GAP, 0) - GAP),
		paper,
	);
	let top = 0;
	for (const [row, members] of rows.entries()) {
		for (const [column, member] of members.entries()) blit(grid, member, column * (TILE + GAP), top);
		top += heights[row]! + GAP;
	}
	return grid;
}

function heading([title = "", ...lines]: readonly string[], width: number, theme: Theme): Raster {
	const top = LARGE * TEXT_HEIGHT + 10;
	const raster = blank(width, top + lines.length * LINE, theme.paper);
	drawText(raster, cutText(title, width, LARGE), 0, 0, theme.ink, LARGE);
	for (const [at, line] of lines.entries()) drawText(raster, cutText(line, width), 0, top + at * LINE, theme.quiet);
	return raster;
}

function textLines(lines: readonly string[], width: number, ink: Rgb, paper: Rgb): Raster {
	const raster = blank(width, lines.length * LINE, paper);
	for (const [at, line] of lines.entries()) drawText(raster, cutText(line, width), 0, at * LINE, ink);
	return raster;
}

const CELL = { width: 44, height: 24 };

/** Spearman's correlation of each map with each, in colours and numbers. */
function agreementTile({ agreement, entries }: Sheet, width: number, theme: Theme): Raster {
	const { methods, rank } = agreement!;
	const colours = colormap("diverging");
	const titles = methods.map((id, at) => `${at + 1} ${entries.find(({ method }) => method === id)?.title ?? id}`);
	const left = Math.min(220, Math.max(...titles.map((title) => textWidth(title))) + 12);
	const top = LINE + 10;
	const below = top + methods.length * CELL.height + 8;
	const tile = blank(Math.max(width, left + methods.length * CELL.width), below + LINE, theme.paper);
	drawText(tile, "Agreement: Spearman's correlation of the maps", 0, 0, theme.ink);
	for (const [row, title] of titles.entries()) {
		const y = top + row * CELL.height;
		drawText(tile, cutText(title, left - 12), 0, y + (CELL.height - TEXT_HEIGHT) / 2, theme.ink);
		for (let column = 0; column < methods.length; column++) {
			const value = rank[row]![column]!;
			const cell = paintMap({ width: 1, height: 1, values: Float32Array.of(value) }, { low: -1, high: 1 }, colours);
			const [red = 0, green = 0, blue = 0] = cell.rgba;
			const x = left + column * CELL.width;
			fillRectangle(tile, x, y, CELL.width - 1, CELL.height - 1, [red, green, blue]);
			const text = value.toFixed(2).replace(/^-(0\.00)$/, "$1");
			const isDark = 0.299 * red + 0.587 * green + 0.114 * blue < 140;
			const ink: Rgb = isDark ? [255, 255, 255] : [24, 24, 24];
			drawText(tile, text, x + Math.floor((CELL.width - textWidth(text)) / 2), y + 8, ink);
		}
	}
	for (let column = 0; column < methods.length; column++) {
		const text = String(column + 1);
		drawText(
			tile,
			text,
			left + column * CELL.width + Math.floor((CELL.width - textWidth(text)) / 2),
			below,
			theme.quiet,
		);
	}
	return tile;
}

function frame(raster: Raster, colour: Rgb): void {
	fillRectangle(raster, 0, 0, raster.width, 1, colour);
	fillRectangle(raster, 0, raster.height - 1, raster.width, 1, colour);
	fillRectangle(raster, 0, 0, 1, raster.height, colour);
	fillRectangle(raster, raster.width - 1, 0, 1, raster.height, colour);
}
