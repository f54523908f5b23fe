import type { Storage } from "./cursor";

/**
 * One object of a global heap collection (HDF5 file format specification 3.0, section III.E): text of variable length.
 * @throws UnreadableFileError
 */
export function readGlobalHeapObject(storage: Storage, address: number, wanted: number): Uint8Array {
	const head = storage.at(address, 8 + storage.lengthSize);
	head.signature("GCOL");
	head.skip(4);
	const size = head.length();
	const cursor = storage.at(address, size);
	cursor.skip(8 + storage.lengthSize);
	while (cursor.left >= 8 + storage.lengthSize) {
		const index = cursor.u16();
		cursor.skip(6);
		const length = cursor.length();
		if (index === wanted) return cursor.take(length);
		// Object 0 is the free space, which ends the collection.
		if (index === 0) break;
		cursor.skip(Math.min(Math.ceil(length / 8) * 8, cursor.left));
	}
	throw storage.damaged(`object ${wanted} of a heap of texts is not there`, address);
}
