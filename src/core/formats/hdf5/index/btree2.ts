import { type Cursor, type Storage, UNDEFINED } from "../cursor";

/**
 * Records of a version 2 B-tree (HDF5 file format specification 3.0, section III.A.2).
 * Every record is given, whichever node holds it; the order is not that of the keys.
 * @throws UnreadableFileError
 */
export function* btree2Records(storage: Storage, address: number, recordType: number): Generator<Cursor> {
	const header = storage.at(address, 16 + storage.offsetSize + 2 + storage.lengthSize);
	header.signature("BTHD");
	header.skip(1);
	const type = header.u8();
	if (type !== recordType)
		throw storage.damaged(`a B-tree with records of type ${type} where ${recordType} is needed`, address);
	const nodeSize = header.u32();
	const recordSize = header.u16();
	const depth = header.u16();
	header.skip(2);
	const root = header.offset();
	const rootRecords = header.u16();
	if (root === UNDEFINED || rootRecords === 0) return;
	if (depth > 16 || recordSize === 0 || nodeSize < 16) throw storage.damaged("a B-tree of impossible size", address);

	const layout = pointerSizes(storage, nodeSize, recordSize, depth);
	const seen = new Set<number>();
	const stack = [{ address: root, records: rootRecords, level: depth }];
	for (let node = stack.pop(); node; node = stack.pop()) {
		if (seen.has(node.address)) throw storage.damaged("a B-tree that runs in a circle", node.address);
		seen.add(node.address);
		const cursor = storage.at(node.address, nodeSize);
		cursor.signature(node.level === 0 ? "BTLF" : "BTIN");
		cursor.skip(2);
		for (let record = 0; record < node.records; record++) yield cursor.part(recordSize);
		if (node.level === 0) continue;
		const sizes = layout[node.level] as PointerSizes;
		for (let child = 0; child <= node.records; child++) {
			const childAddress = cursor.offset();
			const records = cursor.uint(sizes.records);
			cursor.skip(sizes.total);
			stack.push({ address: childAddress, records, level: node.level - 1 });
		}
	}
}

interface PointerSizes {
	/** Bytes of a child's number of records, and of the number of all records below it. */
	readonly records: number;
	readonly total: number;
}

/** Widths in child pointers at each level follow from how many records the levels below can hold at most. */
function pointerSizes(storage: Storage, nodeSize: number, recordSize: number, depth: number): PointerSizes[] {
	const overhead = 10;
	let most = Math.floor((nodeSize - overhead) / recordSize);
	let mostBelow = most;
	const sizes: PointerSizes[] = [{ records: 0, total: 0 }];
	for (let level = 1; level <= depth; level++) {
		const records = bytesFor(most);
		const total = level === 1 ? 0 : bytesFor(mostBelow);
		sizes.push({ records, total });
		const pointer = storage.offsetSize + records + total;
		most = Math.floor((nodeSize - overhead - pointer) / (recordSize + pointer));
		mostBelow = (most + 1) * mostBelow + most;
	}
	return sizes;
}

function bytesFor(value: number): number {
	let bytes = 1;
	for (let limit = 256; value >= limit && bytes < 8; limit *= 256) bytes++;
	return bytes;
}
