import mozjpegDecoder from "@jsquash/jpeg/codec/dec/mozjpeg_dec.js";
import { decode as decodeCmyk } from "jpeg-js";
import { UnreadableFileError, UnsupportedError } from "../../../shared/errors";
import { checkExtent, fromRgba, type Image, type ImageFormat } from "./image";
import { orient, readOrientation } from "./orientation";
import { decodeWithWasm } from "./wasm-decoder";

/** The decoder would turn the picture itself without telling; see ./orientation. */
const KEEP_AS_STORED = false;

interface JpegHeader {
	readonly width: number;
	readonly height: number;
	readonly components: number;
	/** EXIF orientation, 1 to 8; 1 is upright. */
	readonly orientation: number;
}

/** Markers up to the frame header (ITU-T T.81, annex B). */
function readHeader(bytes: Uint8Array, where: string): JpegHeader {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	let orientation = 1;
	let at = 2;
	while (at + 4 <= bytes.length) {
		if (bytes[at] !== 0xff) throw new UnreadableFileError("A JPEG marker is expected.", `${where}, byte ${at}`);
		const marker = bytes[at + 1]!;
		if (marker === 0xff) {
			at++;
			continue;
		}
		const length = view.getUint16(at + 2);
		const end = at + 2 + length;
		if (length < 2 || end > bytes.length) break;
		if (marker === 0xe1) orientation = readOrientation(bytes.subarray(at + 4, end)) ?? orientation;
		// SOF0 to SOF15, without DHT (c4), JPG (c8) and DAC (cc).
		if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
			if (length < 8) break;
			if (bytes[at + 4] !== 8) {
				throw new UnsupportedError(
					`JPEG pictures of ${bytes[at + 4]} bits a sample are not read; 8 bits are.`,
					where,
					"Save the picture again, as PNG.",
				);
			}
			return { height: view.getUint16(at + 5), width: view.getUint16(at + 7), components: bytes[at + 9]!, orientation };
		}
		at = end;
	}
	throw new UnreadableFileError("The JPEG file is cut off before its frame header.", `${where}, byte ${bytes.length}`);
}

/** The decoder fills up what is missing with gray; nobody should explain that. */
function refuseCutOff(bytes: Uint8Array, where: string): void {
	for (let at = bytes.length - 2; at >= 2; at--) {
		if (bytes[at] === 0xff && bytes[at + 1] === 0xd9) return;
	}
	throw new UnreadableFileError(
		"The JPEG file is cut off: it has no end marker.",
		`${where}, byte ${bytes.length}`,
		"Copy or download the picture again.",
	);
}

/** CMYK and YCCK, which mozjpeg refuses; to RGB as Pillow does (Convert.c, `cmyk2rgb`), within 1 of 255. */
function fromCmyk(bytes: Uint8Array): Image {
	const { width, height, data } = decodeCmyk(bytes, {
		useTArray: true,
		maxMemoryUsageInMB: 1024,
		maxResolutionInMP: 179,
		tolerantDecoding: false,
	});
	return fromRgba(data, width, height, 3);
}

/** JPEG, baseline and progressive, by mozjpeg in WASM: equal to libjpeg-turbo, and so to Pillow, bit for bit. */
export const jpeg: ImageFormat = {
	id: "JPEG",
	match: (bytes) => bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff,
	async decode(bytes, where) {
		const header = readHeader(bytes, where);
		checkExtent(header.width, header.height, where);
		refuseCutOff(bytes, where);
		if (header.components === 4) return orient(fromCmyk(bytes), header.orientation);
		const { width, height, rgba, messages } = await decodeWithWasm(
			mozjpegDecoder,
			"@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm",
			bytes,
			KEEP_AS_STORED,
		);
		if (messages.some((message) => message.includes("Premature end"))) {
			throw new UnreadableFileError(
				"The JPEG data ends before the picture does.",
				where,
				"Copy or download the picture again.",
			);
		}
		const image = fromRgba(rgba, width, height, header.components === 1 ? 1 : 3);
		return orient(messages.length > 0 ? { ...image, notices: messages } : image, header.orientation);
	},
};
