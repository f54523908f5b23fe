import { type Colormap, paint, type ValueRange } from "../../src/shared/colormap";
import type { Picture } from "../../src/shared/protocol";
import { enlarge, resample } from "./resample";

/** Numbers in rows from the top. */
export interface NumberMap {
	readonly width: number;
	readonly height: number;
	readonly values: Float32Array;
}

export interface Pixels {
	readonly width: number;
	readonly height: number;
	readonly rgba: Uint8ClampedArray<ArrayBuffer>;
}

export type Blend =
	/** The map lies over the picture, as strong everywhere. */
	| "over"
	/** Strong values cover the picture, values near zero let it through. */
	| "strength"
	/** The picture where the values are strong, dark elsewhere. */
	| "mask";

export const BLENDS: readonly { id: Blend; title: string }[] = [
	{ id: "over", title: "Over the input" },
	{ id: "strength", title: "By strength" },
	{ id: "mask", title: "Masked input" },
];

/** A map in its colours, a pixel a number. */
export function paintMap({ width, height, values }: NumberMap, range: ValueRange, colours: Colormap): Pixels {
	const rgba = new Uint8ClampedArray(width * height * 4);
	paint(values, range, colours, rgba);
	return { width, height, rgba };
}

/** Three numbers a pixel as red, green and blue: a kernel over a colour picture. */
export function paintRgb({ width, height, values }: NumberMap, { low, high }: ValueRange): Pixels {
	const rgba = new Uint8ClampedArray(width * height * 4);
	const extent = high - low || 1;
	for (let i = 0; i < width * height; i++) {
		for (let c = 0; c < 3; c++) rgba[i * 4 + c] = (255 * (values[i * 3 + c]! - low)) / extent;
		rgba[i * 4 + 3] = 255;
	}
	return { width, height, rgba };
}

/** Side that a map over a coarser or finer picture is painted at, so that it is smooth. */
const SMOOTH_SIDE = 336;

/**
 * A map over a picture. A map as fine as the picture keeps its pixels; a coarser one is interpolated, on a raster fine
 * enough to be smooth.
 * @param opacity of the map, 0 to 1
 */
export function paintOverlay(
	map: NumberMap,
	picture: Picture,
	range: ValueRange,
	colours: Colormap,
	opacity: number,
	blend: Blend,
): Pixels {
	const isFine = map.width >= picture.width && map.height >= picture.height;
	const side = Math.max(picture.width, picture.height);
	const times = isFine ? 1 : Math.max(1, Math.ceil(SMOOTH_SIDE / side));
	const width = isFine ? map.width : picture.width * times;
	const height = isFine ? map.height : picture.height * times;
	const values =
		map.width === width && map.height === height
			? map.values
			: resample(map.values, map.width, map.height, width, height);
	const { rgba } = paintMap({ width, height, values }, range, colours);
	const below = enlarge(picture, width, height).rgba;
	const extent = Math.max(Math.abs(range.low), Math.abs(range.high)) || 1;
	for (let i = 0, at = 0; i < values.length; i++, at += 4) {
		const strength = Math.min(1, Math.abs(values[i]!) / extent);
		if (blend === "mask") {
			const light = 1 - opacity + opacity * strength;
			for (let c = 0; c < 3; c++) rgba[at + c] = below[at + c]! * light;
		} else {
			const cover = blend === "over" ? opacity : opacity * Math.sqrt(strength);
			for (let c = 0; c < 3; c++) rgba[at + c] = rgba[at + c]! * cover + below[at + c]! * (1 - cover);
		}
	}
	return { width, height, rgba };
}

/** A vector as a picture, as square as may be; places that remain are NaN. */
export function squareUp(values: Float32Array): NumberMap {
	const width = Math.ceil(Math.sqrt(values.length)) || 1;
	const height = Math.ceil(values.length / width) || 1;
	if (width * height === values.length) return { width, height, values };
	const padded = new Float32Array(width * height).fill(Number.NaN);
	padded.set(values);
	return { width, height, values: padded };
}
