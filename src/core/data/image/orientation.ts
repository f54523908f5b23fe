import type { Image } from "./image";

const ORIENTATION_TAG = 0x0112;

/** Orientation in an APP1 segment (Exif 2.32, 4.6.4): 1 to 8, or undefined when there is none. */
export function readOrientation(segment: Uint8Array): number | undefined {
	if (String.fromCharCode(...segment.subarray(0, 4)) !== "Exif" || segment.length < 14) return undefined;
	const tiff = new DataView(segment.buffer, segment.byteOffset + 6, segment.byteLength - 6);
	const little = tiff.getUint16(0) === 0x4949;
	const directory = tiff.getUint32(4, little);
	if (directory + 2 > tiff.byteLength) return undefined;
	const count = tiff.getUint16(directory, little);
	for (let i = 0; i < count; i++) {
		const entry = directory + 2 + i * 12;
		if (entry + 12 > tiff.byteLength) return undefined;
		if (tiff.getUint16(entry, little) !== ORIENTATION_TAG) continue;
		const value = tiff.getUint16(entry + 8, little);
		return value >= 1 && value <= 8 ? value : undefined;
	}
	return undefined;
}

/** Where the pixel (x, y) of the upright picture lies in the stored one of `w` by `h`, by orientation. */
const SOURCE: Readonly<Record<number, (x: number, y: number, w: number, h: number) => number>> = {
	2: (x, y, w) => y * w + (w - 1 - x),
	3: (x, y, w, h) => (h - 1 - y) * w + (w - 1 - x),
	4: (x, y, w, h) => (h - 1 - y) * w + x,
	5: (x, y, w) => x * w + y,
	6: (x, y, w, h) => (h - 1 - x) * w + y,
	7: (x, y, w, h) => (h - 1 - x) * w + (w - 1 - y),
	8: (x, y, w) => x * w + (w - 1 - y),
};

/** Turns a picture upright, as viewers do and Pillow's `ImageOps.exif_transpose`. */
export function orient(image: Image, orientation: number): Image {
	const source = SOURCE[orientation];
	if (!source) return image;
	const { channels } = image;
	const [width, height] = orientation >= 5 ? [image.height, image.width] : [image.width, image.height];
	const data = new Uint8Array(image.data.length);
	const alpha = image.alpha && new Uint8Array(image.alpha.length);
	for (let y = 0, to = 0; y < height; y++) {
		for (let x = 0; x < width; x++, to++) {
			const from = source(x, y, image.width, image.height);
			for (let c = 0; c < channels; c++) data[to * channels + c] = image.data[from * channels + c]!;
			if (alpha) alpha[to] = image.alpha![from]!;
		}
	}
	const notices = [...(image.notices ?? []), `turned upright as its EXIF orientation (${orientation}) says`];
	return { width, height, channels, data, ...(alpha && { alpha }), notices };
}
