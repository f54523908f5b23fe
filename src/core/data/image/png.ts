import { crc32, inflateSync } from "node:zlib";
import { PNG } from "pngjs";
import { UnreadableFileError, UnsupportedError } from "../../../shared/errors";
import { checkExtent, type Image, type ImageFormat } from "./image";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const CUT_OFF = "Copy or download the picture again.";

interface Chunk {
	readonly type: string;
	readonly data: Uint8Array;
	/** Length, type, data and checksum as they are in the file. */
	readonly whole: Uint8Array;
}

/** All chunks, checksums of the critical ones checked (PNG, third edition, section 5). */
function readChunks(bytes: Uint8Array, where: string): Chunk[] {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const chunks: Chunk[] = [];
	for (let at = SIGNATURE.length; at + 12 <= bytes.length; ) {
		const length = view.getUint32(at);
		const end = at + 12 + length;
		const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
		if (end > bytes.length) break;
		const critical = (bytes[at + 4]! & 0x20) === 0;
		if (critical && crc32(bytes.subarray(at + 4, end - 4)) !== view.getUint32(end - 4)) {
			throw new UnreadableFileError(
				`The checksum of the chunk ${type} does not fit: the PNG file is damaged.`,
				`${where}, byte ${at}`,
				CUT_OFF,
			);
		}
		chunks.push({ type, data: bytes.subarray(at + 8, end - 4), whole: bytes.subarray(at, end) });
		if (type === "IEND") return chunks;
		at = end;
	}
	throw new UnreadableFileError(
		"The PNG file is cut off: it has no end chunk.",
		`${where}, byte ${bytes.length}`,
		CUT_OFF,
	);
}

interface Header {
	readonly width: number;
	readonly height: number;
	readonly depth: number;
	/** 0 gray, 2 colour, 3 palette, 4 gray and alpha, 6 colour and alpha. */
	readonly colourType: number;
	readonly interlaced: boolean;
}

function readHeader(chunks: readonly Chunk[], where: string): Header {
	const header = chunks[0];
	if (header?.type === "CgBI") {
		throw new UnreadableFileError(
			"This PNG was rewritten by Apple's tools for iOS (CgBI) and is no PNG any more.",
			where,
			"Use the original picture, or convert it with Xcode's pngcrush -revert-iphone-optimizations.",
		);
	}
	if (header?.type !== "IHDR" || header.data.length !== 13) {
		throw new UnreadableFileError("The PNG file does not begin with its header chunk.", `${where}, byte 8`, CUT_OFF);
	}
	const view = new DataView(header.data.buffer, header.data.byteOffset, 13);
	return {
		width: view.getUint32(0),
		height: view.getUint32(4),
		depth: header.data[8]!,
		colourType: header.data[9]!,
		interlaced: header.data[12] === 1,
	};
}

/** Samples of a pixel by colour type. */
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** Refuses data that unpacks to less or to much more than the picture has, before the decoder takes memory for it. */
function checkDataLength(chunks: readonly Chunk[], header: Header, where: string): void {
	const line = (width: number) => 1 + Math.ceil((width * SAMPLES[header.colourType]! * header.depth) / 8);
	// Adam7 has at most 7 more filter bytes and padded ends in every second line.
	const most = header.height * line(header.width) + (header.interlaced ? 16 * (header.height + 8) : 0);
	const packed = Buffer.concat(chunks.filter(({ type }) => type === "IDAT").map(({ data }) => data));
	let unpacked: number;
	try {
		unpacked = inflateSync(packed, { maxOutputLength: most + 65_536 }).length;
	} catch (cause) {
		const reason = cause instanceof Error ? cause.message : String(cause);
		throw new UnreadableFileError(`The PNG's pixel data is damaged: ${reason}.`, where, CUT_OFF, { cause });
	}
	if (!header.interlaced && unpacked < most) {
		throw new UnreadableFileError(`The PNG's pixel data is cut off: ${unpacked} of ${most} bytes.`, where, CUT_OFF);
	}
}

/** PNG of every colour type and depth, interlaced or not, by pngjs. */
export const png: ImageFormat = {
	id: "PNG",
	match: (bytes) => SIGNATURE.every((byte, i) => bytes[i] === byte),
	decode(bytes, where) {
		const chunks = readChunks(bytes, where);
		const header = readHeader(chunks, where);
		if (SAMPLES[header.colourType] === undefined) {
			throw new UnreadableFileError(
				`The PNG has colour type ${header.colourType}; 0, 2, 3, 4 and 6 exist.`,
				`${where}, byte 25`,
			);
		}
		if (chunks.some(({ type }) => type === "acTL") && !chunks.some(({ type }) => type === "IDAT")) {
			throw new UnsupportedError("The animated PNG has no still picture.", where);
		}
		checkExtent(header.width, header.height, where);
		checkDataLength(chunks, header, where);
		const transparency = chunks.find(({ type }) => type === "tRNS")?.data;
		// The decoder paints a transparent colour black; it is told nothing of it unless it is part of a palette.
		const kept = chunks.filter(
			({ type }) => ["IHDR", "PLTE", "IDAT", "IEND"].includes(type) || (type === "tRNS" && header.colourType === 3),
		);
		const decoded = PNG.sync.read(Buffer.concat([Uint8Array.from(SIGNATURE), ...kept.map(({ whole }) => whole)]), {
			skipRescale: true,
		});
		return toImage(decoded.data, header, header.colourType === 3 ? undefined : transparency);
	},
};

/** Samples of any depth to 8 bits: upper byte of 16, and spread over 0..255 below 8, as Pillow does. */
function toImage(samples: ArrayLike<number>, header: Header, transparentColour: Uint8Array | undefined): Image {
	const { width, height, colourType } = header;
	const depth = colourType === 3 ? 8 : header.depth;
	const channels = colourType === 0 || colourType === 4 ? 1 : 3;
	const to8 =
		depth === 16
			? (value: number) => value >> 8
			: depth === 8
				? (value: number) => value
				: (value: number) => value * (255 / (2 ** depth - 1));
	const pixels = width * height;
	const data = new Uint8Array(pixels * channels);
	for (let i = 0; i < pixels; i++) {
		for (let c = 0; c < channels; c++) data[i * channels + c] = to8(samples[i * 4 + c]!);
	}
	const alpha = alphaOf(samples, pixels, channels, colourType, to8, transparentColour);
	const notices = depth === 16 ? ["16 bits a sample: the upper 8 are used"] : undefined;
	return { width, height, channels, data, ...(alpha && { alpha }), ...(notices && { notices }) };
}

function alphaOf(
	samples: ArrayLike<number>,
	pixels: number,
	channels: number,
	colourType: number,
	to8: (value: number) => number,
	transparentColour: Uint8Array | undefined,
): Uint8Array | undefined {
	const alpha = new Uint8Array(pixels).fill(255);
	if (transparentColour && transparentColour.length >= channels * 2) {
		const colour = Array.from(
			{ length: channels },
			(_, c) => (transparentColour[c * 2]! << 8) | transparentColour[c * 2 + 1]!,
		);
		for (let i = 0; i < pixels; i++) {
			if (colour.every((value, c) => samples[i * 4 + c] === value)) alpha[i] = 0;
		}
	} else if (colourType >= 3) {
		for (let i = 0; i < pixels; i++) alpha[i] = colourType === 3 ? samples[i * 4 + 3]! : to8(samples[i * 4 + 3]!);
	}
	return alpha.every((value) => value === 255) ? undefined : alpha;
}
