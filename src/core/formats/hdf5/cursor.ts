import { UnreadableFileError } from "../../../shared/errors";
import type { ByteSource } from "../bytes/byte-source";

/** An address or a length that the file leaves undefined (all bits set). */
export const UNDEFINED = -1;

/** The file as HDF5 addresses it: addresses count from the base, and their width is told by the superblock. */
export class Storage {
	constructor(
		readonly source: ByteSource,
		readonly base: number,
		readonly offsetSize: number,
		readonly lengthSize: number,
	) {}

	/** `length` bytes at an address. @throws UnreadableFileError when they lie outside of the file */
	at(address: number, length: number): Cursor {
		if (address === UNDEFINED) throw this.damaged("an address that is needed is not set");
		return new Cursor(this.source.read(this.base + address, length), this, address);
	}

	/** From an address to at most `length` bytes further: for structures whose size is told inside them. */
	from(address: number, length: number): Cursor {
		if (address === UNDEFINED) throw this.damaged("an address that is needed is not set");
		return this.at(address, Math.max(0, Math.min(length, this.source.size - this.base - address)));
	}

	damaged(what: string, address?: number): UnreadableFileError {
		const where = address === undefined ? this.source.where : `${this.source.where}, byte ${this.base + address}`;
		return new UnreadableFileError(
			`The HDF5 file is damaged: ${what}.`,
			where,
			"Copy or download the file again, or save the model once more.",
		);
	}
}

/** Reads little-endian fields one after the other. Headers are read in millions of them, so nothing is made for a field. */
export class Cursor {
	position = 0;

	/** @param address of the first byte, for messages */
	constructor(
		private readonly bytes: Uint8Array,
		readonly storage: Storage,
		readonly address: number,
	) {}

	get left(): number {
		return this.bytes.length - this.position;
	}

	/** @throws UnreadableFileError when fewer bytes are left */
	take(length: number): Uint8Array {
		this.skip(length);
		return this.bytes.subarray(this.position - length, this.position);
	}

	/** @throws UnreadableFileError when fewer bytes are left */
	skip(length: number): void {
		if (!(length >= 0 && length <= this.left)) {
			throw this.storage.damaged(
				`${length} bytes are declared where ${this.left} are left`,
				this.address + this.position,
			);
		}
		this.position += length;
	}

	u8(): number {
		this.skip(1);
		return this.bytes[this.position - 1] as number;
	}

	u16(): number {
		return this.u8() + this.u8() * 0x100;
	}

	u32(): number {
		return this.u16() + this.u16() * 0x10000;
	}

	/** An unsigned number of 1 to 8 bytes; {@link UNDEFINED} when all bits are set and it is at least 2 bytes wide. */
	uint(size: number): number {
		this.skip(size);
		let value = 0;
		let ones = true;
		for (let at = this.position - 1; at >= this.position - size; at--) {
			const byte = this.bytes[at] as number;
			value = value * 256 + byte;
			ones &&= byte === 255;
		}
		if (size >= 2 && ones) return UNDEFINED;
		if (!Number.isSafeInteger(value))
			throw this.storage.damaged(`a number of ${value} cannot be right`, this.address + this.position - size);
		return value;
	}

	offset(): number {
		return this.uint(this.storage.offsetSize);
	}

	length(): number {
		return this.uint(this.storage.lengthSize);
	}

	/** A cursor over the next `length` bytes. */
	part(length: number): Cursor {
		const address = this.address + this.position;
		return new Cursor(this.take(length), this.storage, address);
	}

	/** @throws UnreadableFileError when the next four bytes are something else */
	signature(expected: string): void {
		const found = String.fromCharCode(...this.take(4));
		if (found !== expected) {
			const shown = JSON.stringify(found.replace(/[^\x20-\x7e]/g, "?"));
			throw this.storage.damaged(
				`${shown} was found where the signature "${expected}" must be`,
				this.address + this.position - 4,
			);
		}
	}

	/** A text that ends with a zero byte (or where the bytes end). */
	text(length: number): string {
		return decodeText(this.take(length));
	}
}

const utf8 = new TextDecoder();

export function decodeText(bytes: Uint8Array): string {
	const end = bytes.indexOf(0);
	return utf8.decode(end < 0 ? bytes : bytes.subarray(0, end));
}
