import type { Storage } from "../cursor";

/** Collections that were read, by address: the objects in each, by index. */
const collections = new WeakMap<Storage, Map<number, ReadonlyMap<number, Uint8Array>>>();

/**
 * One object of a global heap collection (HDF5 file format specification 3.0, section III.E): text of variable length.
 * @throws UnreadableFileError
 */
export function readGlobalHeapObject(storage: Storage, address: number, index: number): Uint8Array {
	let known = collections.get(storage);
	if (!known) {
		known = new Map();
		collections.set(storage, known);
	}
	let objects = known.get(address);
	if (!objects) {
		objects = readCollection(storage, address);
		known.set(address, objects);
	}
	const found = objects.get(index);
	if (!found) throw storage.damaged(`object ${index} of a heap of texts is not there`, address);
	return found;
}

function readCollection(storage: Storage, address: number): Map<number, Uint8Array> {
	const head = storage.at(address, 8 + storage.lengthSize);
	head.signature("GCOL");
	head.skip(4);
	const size = head.length();
	const cursor = storage.at(address, size);
	cursor.skip(8 + storage.lengthSize);
	const objects = new Map<number, Uint8Array>();
	while (cursor.left >= 8 + storage.lengthSize) {
		const index = cursor.u16();
		cursor.skip(6);
		const length = cursor.length();
		// Object 0 is the free space, which ends the collection.
		if (index === 0) break;
		objects.set(index, cursor.take(length));
		cursor.skip(Math.min(Math.ceil(length / 8) * 8 - length, cursor.left));
	}
	return objects;
}
