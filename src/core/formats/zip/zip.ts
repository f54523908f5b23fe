import { inflateRawSync } from "node:zlib";
import { UnreadableFileError, UnsupportedError } from "../../../shared/errors";
import { type ByteSource, MemorySource, SubSource } from "../bytes/byte-source";

interface Member {
	readonly name: string;
	readonly method: number;
	readonly flags: number;
	/** Bytes in the archive, and unpacked. */
	readonly packed: number;
	readonly size: number;
	readonly header: number;
}

const END = 0x06054b50;
const END64 = 0x06064b50;
const END64_LOCATOR = 0x07064b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const IN_MEMORY = 512 * 1024 * 1024;
/** Deflate never makes more than this of one byte. */
const MOST_EXPANSION = 1032;

/**
 * A zip archive (PKWARE APPNOTE 6.3.10), ZIP64 included. Members that are stored without compression, as Keras
 * writes them, are read in place; compressed ones are unpacked into memory, to no more than they declare.
 */
export class ZipArchive {
	private readonly members: ReadonlyMap<string, Member>;

	/** @throws UnreadableFileError when there is no directory at the end, or it is damaged */
	constructor(private readonly source: ByteSource) {
		this.members = readDirectory(source);
	}

	names(): string[] {
		return [...this.members.keys()];
	}

	has(name: string): boolean {
		return this.members.has(name);
	}

	/** @throws UnreadableFileError; UnsupportedError for encrypted members and other compressions than deflate */
	open(name: string): ByteSource {
		const where = `${this.source.where}, ${name}`;
		const member = this.members.get(name);
		if (!member) throw new UnreadableFileError(`The archive has no member "${name}".`, this.source.where);
		if (member.flags & 1)
			throw new UnsupportedError(`The member "${name}" is encrypted.`, where, "Save the model without a password.");
		const header = view(this.source.read(member.header, 30));
		if (header.getUint32(0, true) !== LOCAL)
			throw new UnreadableFileError(
				`The archive's directory points to something that is not the member "${name}": it is damaged.`,
				where,
			);
		const start = member.header + 30 + header.getUint16(26, true) + header.getUint16(28, true);
		const packed = new SubSource(this.source, start, member.packed, where);
		if (member.method === 0) return packed;
		if (member.method !== 8)
			throw new UnsupportedError(
				`The member "${name}" is packed by method ${member.method}; stored and deflated members are read.`,
				where,
				"Pack the archive again with zip -0.",
			);
		return inflate(packed, member);
	}

	/** A small member as text. @throws UnreadableFileError when it is larger than `most` bytes */
	text(name: string, most: number): string {
		const member = this.open(name);
		if (member.size > most)
			throw new UnreadableFileError(
				`The member "${name}" has ${member.size} bytes; at most ${most} were expected.`,
				member.where,
			);
		return new TextDecoder().decode(member.read(0, member.size));
	}
}

function inflate(packed: ByteSource, member: Member): ByteSource {
	if (member.size > packed.size * MOST_EXPANSION + 64) {
		throw new UnreadableFileError(
			`The member "${member.name}" declares ${member.size} bytes, more than its ${packed.size} packed bytes can hold.`,
			packed.where,
		);
	}
	if (member.size > IN_MEMORY) {
		throw new UnsupportedError(
			`The member "${member.name}" is compressed and has ${member.size} bytes; compressed members are read up to ${IN_MEMORY}.`,
			packed.where,
			"Pack the archive again without compression: zip -0.",
		);
	}
	try {
		const bytes = inflateRawSync(packed.read(0, packed.size), { maxOutputLength: Math.max(1, member.size) });
		if (bytes.length !== member.size) throw new Error(`${bytes.length} bytes instead of ${member.size}`);
		return new MemorySource(bytes, packed.where);
	} catch (cause) {
		throw new UnreadableFileError(
			`The member "${member.name}" cannot be unpacked: the archive is damaged.`,
			packed.where,
			"Copy or download the file again.",
			{ cause },
		);
	}
}

function readDirectory(source: ByteSource): Map<string, Member> {
	const { start, size, count } = findDirectory(source);
	const bytes = source.read(start, size);
	const data = view(bytes);
	const members = new Map<string, Member>();
	const decoder = new TextDecoder();
	let position = 0;
	for (let index = 0; index < count; index++) {
		if (position + 46 > size || data.getUint32(position, true) !== ENTRY)
			throw damaged(source, `entry ${index} of its directory is not one`);
		const nameLength = data.getUint16(position + 28, true);
		const extraLength = data.getUint16(position + 30, true);
		const next = position + 46 + nameLength + extraLength + data.getUint16(position + 32, true);
		if (next > size) throw damaged(source, `entry ${index} of its directory is cut off`);
		const name = decoder.decode(bytes.subarray(position + 46, position + 46 + nameLength));
		const extra = bytes.subarray(position + 46 + nameLength, position + 46 + nameLength + extraLength);
		const [sizeUnpacked, packed, header] = zip64Fields(source, extra, [
			data.getUint32(position + 24, true),
			data.getUint32(position + 20, true),
			data.getUint32(position + 42, true),
		]);
		members.set(name, {
			name,
			method: data.getUint16(position + 10, true),
			flags: data.getUint16(position + 8, true),
			packed: packed as number,
			size: sizeUnpacked as number,
			header: header as number,
		});
		position = next;
	}
	return members;
}

/** Fields that do not fit 32 bits are in extra field 1, in this order. */
function zip64Fields(source: ByteSource, extra: Uint8Array, fields: readonly number[]): number[] {
	if (fields.every((field) => field !== 0xffffffff)) return [...fields];
	const data = view(extra);
	for (let at = 0; at + 4 <= extra.length; at += 4 + data.getUint16(at + 2, true)) {
		if (data.getUint16(at, true) !== 1) continue;
		const end = Math.min(extra.length, at + 4 + data.getUint16(at + 2, true));
		let from = at + 4;
		return fields.map((field) => {
			if (field !== 0xffffffff) return field;
			if (from + 8 > end) throw damaged(source, "a 64-bit size is missing");
			from += 8;
			return uint64(source, data, from - 8);
		});
	}
	throw damaged(source, "a 64-bit size is missing");
}

/** The directory's place is told by the record at the very end, which a comment of up to 64 KiB may follow. */
function findDirectory(source: ByteSource): { start: number; size: number; count: number } {
	const length = Math.min(source.size, 22 + 0xffff);
	const tailStart = source.size - length;
	const tail = view(source.read(tailStart, length));
	for (let at = length - 22; at >= 0; at--) {
		if (tail.getUint32(at, true) !== END) continue;
		const plain = {
			count: tail.getUint16(at + 10, true),
			size: tail.getUint32(at + 12, true),
			start: tail.getUint32(at + 16, true),
		};
		const needs64 = plain.count === 0xffff || plain.size === 0xffffffff || plain.start === 0xffffffff;
		return needs64 ? findDirectory64(source, tailStart + at) : plain;
	}
	throw new UnreadableFileError(
		"The zip archive has no directory at its end: it is cut off or damaged.",
		source.where,
		"Copy or download the file again.",
	);
}

function findDirectory64(source: ByteSource, end: number): { start: number; size: number; count: number } {
	const locator = view(source.read(Math.max(0, end - 20), 20));
	if (locator.getUint32(0, true) !== END64_LOCATOR) throw damaged(source, "its 64-bit directory is missing");
	const record = view(source.read(uint64(source, locator, 8), 56));
	if (record.getUint32(0, true) !== END64) throw damaged(source, "its 64-bit directory is missing");
	return { count: uint64(source, record, 32), size: uint64(source, record, 40), start: uint64(source, record, 48) };
}

function uint64(source: ByteSource, data: DataView, at: number): number {
	const value = Number(data.getBigUint64(at, true));
	if (!Number.isSafeInteger(value)) throw damaged(source, "a size is impossible");
	return value;
}

function damaged(source: ByteSource, what: string): UnreadableFileError {
	return new UnreadableFileError(
		`The zip archive is damaged: ${what}.`,
		source.where,
		"Copy or download the file again.",
	);
}

function view(bytes: Uint8Array): DataView {
	return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
