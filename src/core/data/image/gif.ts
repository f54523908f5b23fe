import { UnreadableFileError } from "../../../shared/errors";
import { checkExtent, type Image, type ImageFormat } from "./image";

/** Bytes of a GIF, read one after another; the end of the file is an error with its place. */
class GifBytes {
	at = 0;

	constructor(
		readonly bytes: Uint8Array,
		private readonly where: string,
	) {}

	damaged(message: string): UnreadableFileError {
		return new UnreadableFileError(
			`The GIF file is damaged: ${message}.`,
			`${this.where}, byte ${this.at}`,
			"Copy or download the picture again.",
		);
	}

	take(count: number): Uint8Array {
		if (this.at + count > this.bytes.length) throw this.damaged("it is cut off");
		this.at += count;
		return this.bytes.subarray(this.at - count, this.at);
	}

	byte(): number {
		return this.take(1)[0]!;
	}

	short(): number {
		const [low, high] = this.take(2);
		return low! | (high! << 8);
	}

	/** Data sub-blocks up to the empty one, joined. */
	blocks(): Uint8Array {
		const parts: Uint8Array[] = [];
		for (let length = this.byte(); length > 0; length = this.byte()) parts.push(this.take(length));
		return Buffer.concat(parts);
	}
}

/**
 * LZW of GIF (GIF89a specification, appendix F): codes of growing width, low bit first.
 * @returns as many colour indices as the data holds, at most `count`
 */
function unpackLzw(data: Uint8Array, minimumBits: number, count: number): Uint8Array {
	const clear = 1 << minimumBits;
	const end = clear + 1;
	const prefix = new Uint16Array(4096);
	const suffix = new Uint8Array(4096);
	const lengths = new Uint16Array(4096).fill(1, 0, clear);
	for (let code = 0; code < clear; code++) suffix[code] = code;
	const out = new Uint8Array(count);
	let written = 0;
	let next = end + 1;
	let width = minimumBits + 1;
	let previous = -1;
	let bits = 0;
	let held = 0;
	for (const byte of data) {
		bits |= byte << held;
		held += 8;
		while (held >= width) {
			const code = bits & ((1 << width) - 1);
			bits >>>= width;
			held -= width;
			if (code === clear) {
				next = end + 1;
				width = minimumBits + 1;
				previous = -1;
				continue;
			}
			if (code === end || code > next || (code === next && previous < 0)) return out.subarray(0, written);
			// A code that is just being made is the previous string and its own first index.
			const known = code < next ? code : previous;
			const length = lengths[known]! + (code < next ? 0 : 1);
			let walk = known;
			for (let i = lengths[known]! - 1; i >= 0; i--) {
				if (written + i < count) out[written + i] = suffix[walk]!;
				if (i > 0) walk = prefix[walk]!;
			}
			const first = suffix[walk]!;
			if (code === next && written + length - 1 < count) out[written + length - 1] = first;
			written = Math.min(count, written + length);
			if (previous >= 0 && next < 4096) {
				prefix[next] = previous;
				suffix[next] = first;
				lengths[next] = lengths[previous]! + 1;
				next++;
				if (next === 1 << width && width < 12) width++;
			}
			previous = code;
			if (written === count) return out;
		}
	}
	return out.subarray(0, written);
}

/** Rows of an interlaced frame in the order they are stored. */
function interlacedRows(height: number): number[] {
	const passes: [first: number, step: number][] = [
		[0, 8],
		[4, 8],
		[2, 4],
		[1, 2],
	];
	return passes.flatMap(([first, step]) =>
		Array.from({ length: Math.max(0, Math.ceil((height - first) / step)) }, (_, i) => first + i * step),
	);
}

function readFirstFrame(file: GifBytes, where: string): Image {
	file.take(6);
	const [screenWidth, screenHeight] = [file.short(), file.short()];
	const flags = file.byte();
	file.take(2);
	const globalPalette = flags & 0x80 ? file.take(3 << ((flags & 7) + 1)) : undefined;
	let transparent = -1;
	for (;;) {
		const block = file.byte();
		if (block === 0x3b) throw file.damaged("it ends without a picture");
		if (block === 0x21) {
			const label = file.byte();
			const content = file.blocks();
			if (label === 0xf9 && content.length >= 4) transparent = content[0]! & 1 ? content[3]! : -1;
			continue;
		}
		if (block !== 0x2c) throw file.damaged(`a block of kind 0x${block.toString(16)} does not exist`);
		const [left, top, width, height] = [file.short(), file.short(), file.short(), file.short()];
		const frameFlags = file.byte();
		const palette = frameFlags & 0x80 ? file.take(3 << ((frameFlags & 7) + 1)) : globalPalette;
		const minimumBits = file.byte();
		if (minimumBits < 1 || minimumBits > 11) throw file.damaged(`codes of ${minimumBits} bits do not exist`);
		// A frame that sticks out makes the picture larger, as in Pillow.
		const full = { width: Math.max(screenWidth, left + width), height: Math.max(screenHeight, top + height) };
		checkExtent(full.width, full.height, where);
		checkExtent(width, height, where);
		const indices = unpackLzw(file.blocks(), minimumBits, width * height);
		if (indices.length < width * height)
			throw file.damaged(`the frame has ${indices.length} of ${width * height} pixels`);
		const canvas = new Uint8Array(full.width * full.height).fill(Math.max(0, transparent));
		const rows = frameFlags & 0x40 ? interlacedRows(height) : undefined;
		for (let row = 0; row < height; row++) {
			const y = top + (rows?.[row] ?? row);
			canvas.set(indices.subarray(row * width, (row + 1) * width), y * full.width + left);
		}
		return colour(canvas, full.width, full.height, palette, transparent);
	}
}

/** Without a palette the indices are shades of gray. */
function colour(
	indices: Uint8Array,
	width: number,
	height: number,
	palette: Uint8Array | undefined,
	transparent: number,
): Image {
	const data = new Uint8Array(indices.length * 3);
	for (let i = 0; i < indices.length; i++) {
		for (let c = 0; c < 3; c++) data[i * 3 + c] = palette ? (palette[indices[i]! * 3 + c] ?? 0) : indices[i]!;
	}
	if (transparent < 0 || !indices.includes(transparent)) return { width, height, channels: 3, data };
	return { width, height, channels: 3, data, alpha: indices.map((index) => (index === transparent ? 0 : 255)) };
}

/** GIF 87a and 89a, first frame. */
export const gif: ImageFormat = {
	id: "GIF",
	match: (bytes) => /^GIF8[79]a$/.test(String.fromCharCode(...bytes.subarray(0, 6))),
	decode: (bytes, where) => readFirstFrame(new GifBytes(bytes, where), where),
};
