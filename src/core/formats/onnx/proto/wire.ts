import { UnreadableFileError } from "../../../../shared/errors";
import type { ByteSource } from "../../bytes/byte-source";

/** One field of a message in a file: its number, and a number or where its bytes lie. */
export interface Field {
	readonly id: number;
	/** Where it begins, its tag included, and where the next one begins. */
	readonly start: number;
	readonly end: number;
	/** Of varints and fixed numbers of 32 bits. */
	readonly value?: number;
	/** Of length-delimited fields. */
	readonly bytes?: Span;
}

export interface Span {
	readonly offset: number;
	readonly length: number;
}

/** The longest varint: ten groups of seven bits. */
const LONGEST = 10;

function varint(source: ByteSource, at: number): { value: number; next: number } {
	let value = 0;
	for (let index = 0; index < LONGEST; index++) {
		const byte = source.read(at + index, 1)[0] as number;
		value += (byte & 0x7f) * 2 ** (7 * index);
		// Negative numbers are written as 64 bits in two's complement.
		if (byte < 0x80) return { value: value >= 2 ** 63 ? value - 2 ** 64 : value, next: at + index + 1 };
	}
	throw new UnreadableFileError(
		`The number at byte ${at} does not end: the file is damaged.`,
		source.where,
		"Copy or download the file again.",
	);
}

/**
 * The fields of a message, without reading what they hold.
 * @throws UnreadableFileError when the bytes are no protocol buffer
 */
export function* fieldsOf(source: ByteSource, { offset, length }: Span): Generator<Field, void, void> {
	const end = offset + length;
	for (let at = offset; at < end; ) {
		const tag = varint(source, at);
		const id = Math.floor(tag.value / 8);
		const field = fieldOf(source, id, tag.value % 8, tag.next);
		if (!field || id < 1 || field.end > end) {
			throw new UnreadableFileError(
				`At byte ${at} the file holds no field of a protocol buffer: it is cut off or damaged.`,
				source.where,
				"Copy or download the file again.",
			);
		}
		yield { ...field, start: at };
		at = field.end;
	}
}

function fieldOf(source: ByteSource, id: number, wireType: number, at: number): Omit<Field, "start"> | undefined {
	switch (wireType) {
		case 0: {
			const { value, next } = varint(source, at);
			return { id, value, end: next };
		}
		case 1:
			return { id, bytes: { offset: at, length: 8 }, end: at + 8 };
		case 2: {
			const { value, next } = varint(source, at);
			return value < 0 ? undefined : { id, bytes: { offset: next, length: value }, end: next + value };
		}
		case 5:
			return { id, bytes: { offset: at, length: 4 }, end: at + 4 };
		default:
			return undefined;
	}
}
