import { UnreadableFileError, UnsupportedError } from "../../../shared/errors";
import { checkExtent, fromRgba, type Image, type ImageFormat } from "./image";

interface BmpHeader {
	readonly width: number;
	readonly height: number;
	readonly bottomUp: boolean;
	readonly bits: number;
	readonly compression: number;
	/** Blue, green, red and a spare byte each; three bytes each in the oldest version. */
	readonly palette: Uint8Array;
	readonly paletteStride: 3 | 4;
	/** Red, green, blue, alpha. */
	readonly masks: readonly number[];
	readonly pixelOffset: number;
}

const RGB = 0;
const RLE8 = 1;
const RLE4 = 2;
const BITFIELDS = 3;
const ALPHA_BITFIELDS = 6;

const cutOff = (where: string, at: number) =>
	new UnreadableFileError("The BMP file is cut off.", `${where}, byte ${at}`, "Copy or download the picture again.");

/** BITMAPFILEHEADER and any of the DIB headers from BITMAPCOREHEADER to BITMAPV5HEADER. */
function readHeader(bytes: Uint8Array, where: string): BmpHeader {
	if (bytes.length < 26) throw cutOff(where, bytes.length);
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const pixelOffset = view.getUint32(10, true);
	const headerSize = view.getUint32(14, true);
	if (headerSize === 12) {
		const bits = view.getUint16(24, true);
		const palette = bytes.subarray(26, bits <= 8 ? Math.min(pixelOffset, 26 + 3 * 2 ** bits) : 26);
		return {
			width: view.getUint16(18, true),
			height: view.getUint16(20, true),
			bottomUp: true,
			bits,
			compression: RGB,
			palette,
			paletteStride: 3,
			masks: defaultMasks(bits),
			pixelOffset,
		};
	}
	if (headerSize < 40 || headerSize > 4096) {
		throw new UnsupportedError(
			`The BMP header has ${headerSize} bytes; 12, 40 and more are read.`,
			`${where}, byte 14`,
			"Save the picture again, as PNG.",
		);
	}
	if (bytes.length < 54) throw cutOff(where, bytes.length);
	const signedHeight = view.getInt32(22, true);
	const bits = view.getUint16(28, true);
	const compression = view.getUint32(30, true);
	const withMasks = compression === BITFIELDS || compression === ALPHA_BITFIELDS;
	const maskCount = headerSize >= 56 || compression === ALPHA_BITFIELDS ? 4 : 3;
	if (withMasks && bytes.length < 54 + 4 * maskCount) throw cutOff(where, bytes.length);
	const masks = withMasks
		? Array.from({ length: maskCount }, (_, i) => view.getUint32(54 + 4 * i, true))
		: defaultMasks(bits);
	const paletteStart = 14 + headerSize + (withMasks && headerSize === 40 ? 4 * maskCount : 0);
	const colours = bits <= 8 ? view.getUint32(46, true) || 2 ** bits : 0;
	return {
		width: view.getInt32(18, true),
		height: Math.abs(signedHeight),
		bottomUp: signedHeight > 0,
		bits,
		compression,
		palette: bytes.subarray(paletteStart, Math.min(pixelOffset, paletteStart + 4 * colours)),
		paletteStride: 4,
		masks,
		pixelOffset,
	};
}

const defaultMasks = (bits: number) => (bits === 16 ? [0x7c00, 0x03e0, 0x001f, 0] : [0xff0000, 0xff00, 0xff, 0]);

/** Colour indices of a picture of up to 8 bits, row by row as stored. */
function readIndices(bytes: Uint8Array, header: BmpHeader, where: string): Uint8Array {
	const { width, height, bits, compression, pixelOffset } = header;
	if (compression === RLE8 || compression === RLE4) return unpackRuns(bytes, header, where);
	const stride = Math.ceil((width * bits) / 32) * 4;
	if (pixelOffset + stride * (height - 1) + Math.ceil((width * bits) / 8) > bytes.length)
		throw cutOff(where, bytes.length);
	const indices = new Uint8Array(width * height);
	const mask = 2 ** bits - 1;
	for (let y = 0; y < height; y++) {
		for (let x = 0; x < width; x++) {
			const bit = x * bits;
			indices[y * width + x] = (bytes[pixelOffset + y * stride + (bit >> 3)]! >> (8 - bits - (bit & 7))) & mask;
		}
	}
	return indices;
}

/** Run lengths of 8 and of 4 bits, with end of line, end of picture and jumps. */
function unpackRuns(bytes: Uint8Array, header: BmpHeader, where: string): Uint8Array {
	const { width, height, compression, pixelOffset } = header;
	const indices = new Uint8Array(width * height);
	const nibbles = compression === RLE4;
	let [x, y, at] = [0, 0, pixelOffset];
	const put = (index: number) => {
		if (x < width && y < height) indices[y * width + x] = index;
		x++;
	};
	const pick = (byte: number, i: number) => (nibbles ? (i & 1 ? byte & 15 : byte >> 4) : byte);
	while (y < height) {
		if (at + 2 > bytes.length) throw cutOff(where, at);
		const [count, value] = [bytes[at]!, bytes[at + 1]!];
		at += 2;
		if (count > 0) {
			for (let i = 0; i < count; i++) put(pick(value, i));
		} else if (value === 0) {
			x = 0;
			y++;
		} else if (value === 1) {
			break;
		} else if (value === 2) {
			x += bytes[at] ?? 0;
			y += bytes[at + 1] ?? 0;
			at += 2;
		} else {
			const used = nibbles ? Math.ceil(value / 2) : value;
			if (at + used > bytes.length) throw cutOff(where, at);
			for (let i = 0; i < value; i++) put(pick(bytes[at + (nibbles ? i >> 1 : i)]!, i));
			at += used + (used & 1);
		}
	}
	return indices;
}

/** A picture whose palette is gray from 0 to 255 is gray, as in Pillow. */
function fromIndices(indices: Uint8Array, header: BmpHeader): Pick<Image, "channels" | "data"> {
	const { palette, paletteStride: stride } = header;
	const colours = Math.floor(palette.length / stride);
	const ramp = Array.from({ length: colours }, (_, i) => (colours === 2 ? i * 255 : i));
	const gray =
		(colours === 2 || colours === 256) &&
		ramp.every((shade, i) => [0, 1, 2].every((c) => palette[i * stride + c] === shade));
	const channels = gray ? 1 : 3;
	const data = new Uint8Array(indices.length * channels);
	for (let i = 0; i < indices.length; i++) {
		for (let c = 0; c < channels; c++) data[i * channels + c] = palette[indices[i]! * stride + (2 - c)] ?? 0;
	}
	return { channels, data };
}

/** Sample under a mask, spread over 0..255: `floor(value * 255 / largest)`, as Pillow does. */
function sampler(mask: number): (pixel: number) => number {
	if (mask === 0) return () => 255;
	const shift = 31 - Math.clz32(mask & -mask);
	const largest = mask >>> shift;
	return largest === 255
		? (pixel) => ((pixel & mask) >>> shift) & 255
		: (pixel) => Math.floor((((pixel & mask) >>> shift) * 255) / largest);
}

/** Pixels of 16, 24 or 32 bits as RGBA, row by row as stored. */
function readPixels(bytes: Uint8Array, header: BmpHeader, where: string): Uint8Array {
	const { width, height, bits, pixelOffset, masks } = header;
	const size = bits / 8;
	const stride = Math.ceil((width * size) / 4) * 4;
	if (pixelOffset + stride * (height - 1) + width * size > bytes.length) throw cutOff(where, bytes.length);
	const samplers = [masks[0]!, masks[1]!, masks[2]!, masks[3] ?? 0].map(sampler);
	const rgba = new Uint8Array(width * height * 4);
	for (let y = 0, to = 0; y < height; y++) {
		for (let x = 0; x < width; x++, to += 4) {
			let pixel = 0;
			for (let i = size - 1, at = pixelOffset + y * stride + x * size; i >= 0; i--)
				pixel = (pixel << 8) | bytes[at + i]!;
			for (let c = 0; c < 4; c++) rgba[to + c] = samplers[c]!(pixel);
		}
	}
	return rgba;
}

function flipRows(data: Uint8Array, rowLength: number): Uint8Array {
	const flipped = new Uint8Array(data.length);
	for (let from = 0; from < data.length; from += rowLength)
		flipped.set(data.subarray(from, from + rowLength), data.length - rowLength - from);
	return flipped;
}

/** BMP of 1, 2, 4, 8, 16, 24 and 32 bits a pixel, plain, run-length encoded or with bit masks. */
export const bmp: ImageFormat = {
	id: "BMP",
	match: (bytes) => bytes[0] === 0x42 && bytes[1] === 0x4d && bytes.length >= 18,
	decode(bytes, where) {
		const header = readHeader(bytes, where);
		const { width, height, bits, compression } = header;
		checkExtent(width, height, where);
		const packed = compression === RLE8 || compression === RLE4;
		const plain = compression === RGB || ((compression === BITFIELDS || compression === ALPHA_BITFIELDS) && bits >= 16);
		if (![1, 2, 4, 8, 16, 24, 32].includes(bits) || !(plain || (packed && bits === (compression === RLE8 ? 8 : 4)))) {
			throw new UnsupportedError(
				`BMP pictures of ${bits} bits with compression ${compression} are not read.`,
				where,
				"Save the picture again, as PNG.",
			);
		}
		if (bits > 8) {
			const rgba = readPixels(bytes, header, where);
			return fromRgba(header.bottomUp ? flipRows(rgba, width * 4) : rgba, width, height, 3);
		}
		const { channels, data } = fromIndices(readIndices(bytes, header, where), header);
		return { width, height, channels, data: header.bottomUp ? flipRows(data, width * channels) : data };
	},
};
