import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { UnreadableFileError } from "../../../shared/errors";

/** Random access to the bytes of a file, or of a part of one. Nothing is read before it is asked for. */
export interface ByteSource {
	readonly size: number;
	/** For messages: the file, and the member of it. */
	readonly where: string;
	/**
	 * Exactly `length` bytes; not to be written to.
	 * @throws UnreadableFileError when they lie outside
	 */
	read(offset: number, length: number): Uint8Array;
	/** Fills `target`. @throws UnreadableFileError when that many bytes are not there */
	readInto(target: Uint8Array, offset: number): void;
	close(): void;
}

function checkRange(source: ByteSource, offset: number, length: number): void {
	if (
		Number.isSafeInteger(offset) &&
		Number.isSafeInteger(length) &&
		offset >= 0 &&
		length >= 0 &&
		offset + length <= source.size
	)
		return;
	throw new UnreadableFileError(
		`The file refers to ${length} bytes at ${offset}, but it ends at ${source.size}: it is cut off or damaged.`,
		source.where,
		"Copy or download the file again.",
	);
}

/** Headers lie scattered between weights: larger blocks would read mostly weights. */
const BLOCK = 1 << 13;
const CACHED_BLOCKS = 512;

/** A file on disk. Small reads go through a cache of blocks: headers are read in thousands of tiny pieces. */
export class FileSource implements ByteSource {
	readonly size: number;
	private descriptor: number | undefined;
	private readonly blocks = new Map<number, Uint8Array>();

	constructor(readonly where: string) {
		this.descriptor = openSync(where, "r");
		this.size = fstatSync(this.descriptor).size;
	}

	read(offset: number, length: number): Uint8Array {
		checkRange(this, offset, length);
		const first = Math.floor(offset / BLOCK);
		const within = offset - first * BLOCK;
		if (within + length <= BLOCK) return this.block(first).subarray(within, within + length);
		const bytes = new Uint8Array(length);
		this.readInto(bytes, offset);
		return bytes;
	}

	readInto(target: Uint8Array, offset: number): void {
		checkRange(this, offset, target.length);
		if (this.descriptor === undefined) throw new UnreadableFileError("The file was closed.", this.where);
		// One call reads at most 2 GiB.
		for (let done = 0; done < target.length; ) {
			const read = readSync(this.descriptor, target, done, Math.min(target.length - done, 1 << 30), offset + done);
			if (read === 0) {
				throw new UnreadableFileError(
					`The file became shorter while it was read: ${target.length} bytes were expected at ${offset}, ${done} were there.`,
					this.where,
					"Open it again when the program that writes it has finished.",
				);
			}
			done += read;
		}
	}

	close(): void {
		if (this.descriptor !== undefined) closeSync(this.descriptor);
		this.descriptor = undefined;
		this.blocks.clear();
	}

	private block(index: number): Uint8Array {
		const known = this.blocks.get(index);
		if (known) {
			this.blocks.delete(index);
			this.blocks.set(index, known);
			return known;
		}
		const block = new Uint8Array(Math.min(BLOCK, this.size - index * BLOCK));
		this.readInto(block, index * BLOCK);
		if (this.blocks.size >= CACHED_BLOCKS) this.blocks.delete(this.blocks.keys().next().value as number);
		this.blocks.set(index, block);
		return block;
	}
}

/** Bytes that are in memory already. */
export class MemorySource implements ByteSource {
	constructor(
		private readonly bytes: Uint8Array,
		readonly where: string,
	) {}

	get size(): number {
		return this.bytes.length;
	}

	read(offset: number, length: number): Uint8Array {
		checkRange(this, offset, length);
		return this.bytes.subarray(offset, offset + length);
	}

	readInto(target: Uint8Array, offset: number): void {
		target.set(this.read(offset, target.length));
	}

	close(): void {}
}

/** A stretch of another source, which stays open when this one is closed. */
export class SubSource implements ByteSource {
	constructor(
		private readonly outer: ByteSource,
		private readonly start: number,
		readonly size: number,
		readonly where: string,
	) {
		checkRange(outer, start, size);
	}

	read(offset: number, length: number): Uint8Array {
		checkRange(this, offset, length);
		return this.outer.read(this.start + offset, length);
	}

	readInto(target: Uint8Array, offset: number): void {
		checkRange(this, offset, target.length);
		this.outer.readInto(target, this.start + offset);
	}

	close(): void {}
}
