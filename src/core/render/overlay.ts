import type { Colormap, ValueRange } from "../../shared/colormap";
import type { Samples } from "../data/resize";
import { paintMap } from "./grid";
import { type FlatMap, upsample } from "./maps";
import type { Raster } from "./raster";

/** A picture as a raster: gray or red, green, blue of 0 to 255. */
export function rasterOf(picture: Samples): Raster {
	const { width, height, channels, data } = picture;
	const rgba = new Uint8Array(width * height * 4);
	for (let i = 0; i < width * height; i++) {
		for (let c = 0; c < 3; c++) rgba[i * 4 + c] = Math.round(data[i * channels + (channels === 1 ? 0 : c)]!);
		rgba[i * 4 + 3] = 255;
	}
	return { width, height, rgba };
}

/**
 * A map over the picture that it explains: the picture in gray, so that only the map has colours.
 * @param opacity of the map, 0 to 1
 */
export function overlay(picture: Samples, map: FlatMap, range: ValueRange, colours: Colormap, opacity: number): Raster {
	const { width, height } = picture;
	const below = rasterOf(picture).rgba;
	const above = paintMap(upsample(map, width, height), range, colours).rgba;
	for (let at = 0; at < below.length; at += 4) {
		// ITU-R 601-2, as Pillow's "L".
		const gray = 0.299 * below[at]! + 0.587 * below[at + 1]! + 0.114 * below[at + 2]!;
		for (let c = 0; c < 3; c++) above[at + c] = Math.round(above[at + c]! * opacity + gray * (1 - opacity));
	}
	return { width, height, rgba: above };
}
