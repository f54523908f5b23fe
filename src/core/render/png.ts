import { crc32 } from "node:zlib";
import { PNG } from "pngjs";
import type { Raster } from "./raster";

/** Signature and header chunk: where further chunks may begin. */
const AFTER_HEADER = 8 + 25;

/** An iTXt chunk (PNG, third edition, 11.3.3.4): UTF-8, not compressed. */
function textChunk(keyword: string, text: string): Uint8Array {
	const body = Buffer.from(`iTXt${keyword}\0\0\0\0\0${text}`, "utf8");
	const chunk = Buffer.alloc(body.length + 8);
	chunk.writeUInt32BE(body.length - 4, 0);
	body.copy(chunk, 4);
	chunk.writeUInt32BE(crc32(body), body.length + 4);
	return chunk;
}

/**
 * The picture as a PNG file, without transparency.
 * @param texts kept in the file as iTXt chunks, by keyword (1 to 79 Latin-1 characters): where the numbers are from
 */
export function encodePng(raster: Raster, texts: Readonly<Record<string, string>> = {}): Uint8Array {
	const image = new PNG({ width: raster.width, height: raster.height });
	image.data = Buffer.from(raster.rgba.buffer, raster.rgba.byteOffset, raster.rgba.byteLength);
	const file = PNG.sync.write(image, { colorType: 2, inputHasAlpha: true });
	const chunks = Object.entries(texts).map(([keyword, text]) => textChunk(keyword, text));
	return Buffer.concat([file.subarray(0, AFTER_HEADER), ...chunks, file.subarray(AFTER_HEADER)]);
}
