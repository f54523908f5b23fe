/** A picture being drawn: 8-bit red, green, blue, alpha, rows from the top. */
export interface Raster {
	readonly width: number;
	readonly height: number;
	/** `width * height * 4` bytes. */
	readonly rgba: Uint8Array;
}

export type Rgb = readonly [red: number, green: number, blue: number];

/** An opaque picture of one colour. */
export function blank(width: number, height: number, [red, green, blue]: Rgb): Raster {
	const rgba = new Uint8Array(width * height * 4);
	for (let at = 0; at < rgba.length; at += 4) {
		rgba[at] = red;
		rgba[at + 1] = green;
		rgba[at + 2] = blue;
		rgba[at + 3] = 255;
	}
	return { width, height, rgba };
}

/** Copies a picture into another at (left, top); what sticks out is cut off. */
export function blit(target: Raster, source: Raster, left: number, top: number): void {
	const from = Math.max(0, -left);
	const to = Math.min(source.width, target.width - left);
	if (to <= from) return;
	for (let y = Math.max(0, -top); y < Math.min(source.height, target.height - top); y++) {
		const row = source.rgba.subarray((y * source.width + from) * 4, (y * source.width + to) * 4);
		target.rgba.set(row, ((top + y) * target.width + left + from) * 4);
	}
}

/** Every pixel becomes a square of `factor` by `factor`. */
export function magnify(source: Raster, factor: number): Raster {
	if (factor === 1) return source;
	const { width, height } = source;
	const large = {
		width: width * factor,
		height: height * factor,
		rgba: new Uint8Array(width * height * factor * factor * 4),
	};
	const pixels = new Uint32Array(large.rgba.buffer);
	const stored = new Uint32Array(source.rgba.slice().buffer);
	for (let y = 0; y < large.height; y++) {
		const row = Math.floor(y / factor) * width;
		for (let x = 0; x < large.width; x++) pixels[y * large.width + x] = stored[row + Math.floor(x / factor)]!;
	}
	return large;
}

/** Opaque rectangle. */
export function fillRectangle(
	target: Raster,
	left: number,
	top: number,
	width: number,
	height: number,
	colour: Rgb,
): void {
	blit(target, blank(width, height, colour), left, top);
}
