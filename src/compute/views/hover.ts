import { mapGrid } from "../../core/render/grid";
import { encodePng } from "../../core/render/png";
import { colormap, extremes } from "../../shared/colormap";
import type { HoverPicture } from "../../shared/protocol";
import type { Tensor } from "../../shared/tensor";
import { featureMaps, strongestChannels } from "./maps";

/** Maps in a hover's picture, and the width that they share. */
const SHOWN = 8;
const WIDTH = 480;
const GAP = 4;
/** VS Code cuts hovers at 100,000 characters, a third of which is base64's. */
const LARGEST = 68_000;
/** The editor's own hover backgrounds, so that the gaps do not show as lines. */
const BACKGROUND = { dark: [32, 32, 32], light: [248, 248, 248] } as const;

/** The strongest activation maps of a layer in a row, each on the layer's scale; the units of a vector as one strip. */
export function hoverPicture(input: string, output: Tensor, channelAxis: number, dark: boolean): HoverPicture {
	const maps = featureMaps(output, channelAxis);
	const [channels, height, width] = maps.shape;
	const isVector = height === 1 && width === 1;
	const shown = isVector ? [] : strongestChannels(maps).slice(0, SHOWN);
	const plane = height * width;
	const tiles = isVector
		? [{ width: channels, height: 1, values: maps.data }]
		: shown.map((channel) => ({ width, height, values: maps.data.subarray(channel * plane, (channel + 1) * plane) }));
	const caption = isVector
		? `${channels} units on ${input}`
		: `${shown.length} strongest of ${channels} activation maps on ${input}`;
	const range = extremes(maps.data);
	const columns = tiles.length;
	let room = WIDTH;
	for (;;) {
		const magnification = Math.max(1, Math.floor((room - GAP * (columns + 1)) / (columns * (tiles[0]?.width ?? 1))));
		const style = { columns, gap: GAP, magnification, background: BACKGROUND[dark ? "dark" : "light"] };
		const raster = mapGrid(tiles, () => range, colormap("viridis"), style);
		const png = encodePng(raster);
		if (png.byteLength <= LARGEST || room < 60) return { png, ...displaySize(raster), caption };
		room = Math.floor(room / 1.4);
	}
}

/** Wider pictures are shown at the width of a hover. */
function displaySize({ width, height }: { width: number; height: number }): { width: number; height: number } {
	const scale = Math.min(1, WIDTH / width);
	return { width: Math.round(width * scale), height: Math.max(12, Math.round(height * scale)) };
}
