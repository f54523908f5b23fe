import webpDecoder from "@jsquash/webp/codec/dec/webp_dec.js";
import { checkExtent, fromRgba, type ImageFormat } from "./image";
import { decodeWithWasm } from "./wasm-decoder";

const text = (bytes: Uint8Array, from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to));

/** Canvas of the three kinds of WebP file (RFC 9649, sections 2.5 to 2.7). */
function extentOf(bytes: Uint8Array): [width: number, height: number] | undefined {
	if (bytes.length < 30) return undefined;
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	switch (text(bytes, 12, 16)) {
		case "VP8 ":
			return [view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff];
		case "VP8L": {
			const bits = view.getUint32(21, true);
			return [(bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1];
		}
		case "VP8X":
			return [(view.getUint32(24, true) & 0xffffff) + 1, (view.getUint32(26, true) >>> 8) + 1];
		default:
			return undefined;
	}
}

/** WebP, lossy and lossless, by libwebp in WASM. */
export const webp: ImageFormat = {
	id: "WebP",
	match: (bytes) => text(bytes, 0, 4) === "RIFF" && text(bytes, 8, 12) === "WEBP",
	async decode(bytes, where) {
		const extent = extentOf(bytes);
		if (extent) checkExtent(...extent, where);
		const { width, height, rgba } = await decodeWithWasm(webpDecoder, "@jsquash/webp/codec/dec/webp_dec.wasm", bytes);
		return fromRgba(rgba, width, height, 3);
	},
};
