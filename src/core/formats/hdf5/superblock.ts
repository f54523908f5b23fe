import { UnreadableFileError } from "../../../shared/errors";
import type { ByteSource } from "../bytes/byte-source";
import { Storage, UNDEFINED } from "./cursor";

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** The superblock is at 0, or at 512, 1024, 2048 ... behind a block of the user's. */
export function findSignature(source: ByteSource): number | undefined {
	for (let offset = 0; offset + 8 <= source.size && offset <= 1 << 24; offset = offset === 0 ? 512 : offset * 2) {
		const bytes = source.read(offset, 8);
		if (SIGNATURE.every((byte, index) => bytes[index] === byte)) return offset;
	}
	return undefined;
}

/**
 * Reads the superblock (HDF5 file format specification 3.0, section II).
 * @returns the storage and the address of the root group's object header
 * @throws UnreadableFileError
 */
export function readSuperblock(source: ByteSource): { storage: Storage; root: number } {
	const start = findSignature(source);
	if (start === undefined) {
		throw new UnreadableFileError(
			"This is not an HDF5 file: the signature that each one begins with is not there.",
			source.where,
		);
	}
	const raw = new Storage(source, start, 8, 8).from(0, 256);
	raw.skip(8);
	const version = raw.u8();
	if (version > 3) {
		throw new UnreadableFileError(
			`The HDF5 file has a superblock of version ${version}; versions 0 to 3 are known.`,
			source.where,
		);
	}
	if (version < 2) raw.skip(4);
	const offsetSize = raw.u8();
	const lengthSize = raw.u8();
	for (const size of [offsetSize, lengthSize]) {
		if (size !== 2 && size !== 4 && size !== 8)
			throw new Storage(source, start, 8, 8).damaged(`addresses of ${size} bytes`, 0);
	}
	raw.skip(version < 2 ? 9 : 1);
	if (version === 1) raw.skip(4);

	const head = new Storage(source, 0, offsetSize, lengthSize).from(start + raw.position, 128);
	const declaredBase = head.offset();
	// A user block may have been put before the file afterwards: then the base is where the signature was found.
	const base = declaredBase === UNDEFINED || declaredBase !== start ? start : declaredBase;
	head.offset();
	const end = head.offset();
	const storage = new Storage(source, base, offsetSize, lengthSize);
	if (end !== UNDEFINED && base + end > source.size) {
		throw new UnreadableFileError(
			`The HDF5 file is cut off: it should be ${base + end} bytes long and is ${source.size}.`,
			source.where,
			"Copy or download the file again, or wait until the program that writes it has finished.",
		);
	}
	if (version < 2) {
		head.offset();
		head.offset();
	}
	return { storage, root: head.offset() };
}
