import type { Colormap, ValueRange } from "../../shared/colormap";
import { paintMap } from "../render/grid";
import { type FlatMap, upsample } from "../render/maps";
import type { SheetMap } from "./sheet-maps";
import { type Box, colourAt, cut, picture, rectangle, type Theme, text } from "./svg";

/** More elements than this in a row are too narrow as bars. */
const MOST_BARS = 96;
/** More maps of one result than this are not drawn. */
const MOST_MAPS = 9;

/** A box of the proportions of a picture in the middle of another. */
export function fitted(width: number, height: number, box: Box): Box {
	const scale = Math.min(box.width / width, box.height / height);
	const [w, h] = [width * scale, height * scale];
	return { x: box.x + (box.width - w) / 2, y: box.y + (box.height - h) / 2, width: w, height: h };
}

/** All maps of a result in one box: side by side in a square grid, named where there are several. */
export function drawMaps(
	maps: readonly SheetMap[],
	box: Box,
	colours: Colormap,
	theme: Theme,
	size: readonly [width: number, height: number] | undefined,
): string {
	const all = maps.flatMap(({ at, title, flat, range }) => flat.map((map) => ({ name: title ?? at, map, range })));
	const shown = all.slice(0, MOST_MAPS);
	const columns = Math.ceil(Math.sqrt(shown.length));
	const rows = Math.ceil(shown.length / columns);
	const label = maps.length > 1 ? 12 : 0;
	const [width, height] = [box.width / columns, box.height / rows];
	return shown
		.map(({ name, map, range }, index) => {
			const place = { x: box.x + (index % columns) * width, y: box.y + Math.floor(index / columns) * height };
			const more = index === shown.length - 1 && all.length > shown.length ? ` (${all.length} maps)` : "";
			const title = label
				? text(cut(name + more, width - 6, 9), place.x + 3, place.y + 10, { size: 9, fill: theme.muted })
				: "";
			const inner = { x: place.x + 1, y: place.y + label + 1, width: width - 2, height: height - label - 2 };
			return title + drawMap(map, range, inner, colours, theme, size);
		})
		.join("");
}

function drawMap(
	map: FlatMap,
	range: ValueRange,
	box: Box,
	colours: Colormap,
	theme: Theme,
	size: readonly [number, number] | undefined,
): string {
	const values = Array.from(map.values);
	const isRow = map.height === 1 && values.length > 1;
	if (isRow && values.length <= MOST_BARS) return bars(values, range, box, colours, theme);
	// A row too long for bars is a band: its elements fill the width.
	const area = isRow ? { ...box, y: box.y + box.height / 3, height: box.height / 3 } : undefined;
	const whole = size && map.height > 1 ? upsample(map, ...size) : map;
	return picture(paintMap(whole, range, colours), area ?? fitted(whole.width, whole.height, box));
}

/** A number of each element: up and down from zero, in its colour. */
function bars(values: readonly number[], range: ValueRange, box: Box, colours: Colormap, theme: Theme): string {
	const middle = box.y + box.height / 2;
	const [step, pad] = [(box.width - 16) / values.length, values.length > 40 ? 0.2 : 1];
	const drawn = values.map((value, index) => {
		const share = range.high > 0 && Number.isFinite(value) ? Math.max(-1, Math.min(1, value / range.high)) : 0;
		const height = Math.abs(share) * (box.height / 2 - 10);
		const place = {
			x: box.x + 8 + index * step + pad / 2,
			y: share > 0 ? middle - height : middle,
			width: Math.max(0.5, step - pad),
			height,
		};
		return rectangle(
			place,
			`fill="${colourAt(colours, (share + 1) / 2).fill}" stroke="${theme.muted}" stroke-width="0.5"`,
		);
	});
	const zero = `<line x1="${box.x + 6}" x2="${box.x + box.width - 6}" y1="${middle}" y2="${middle}" stroke="${theme.muted}" stroke-width="0.75"/>`;
	return drawn.join("") + zero;
}
