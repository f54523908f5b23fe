import type { Cursor, Storage } from "../cursor";

const MAX_LEVEL = 32;

/**
 * Leaves of a version 1 B-tree (HDF5 file format specification 3.0, section III.A.1), in key order.
 * @param nodeType 0 for groups, 1 for chunks
 * @param keySize bytes of a key
 * @yields the key of each child of a leaf and the child's address
 * @throws UnreadableFileError
 */
export function* btree1Leaves(
	storage: Storage,
	root: number,
	nodeType: 0 | 1,
	keySize: number,
): Generator<{ key: Cursor; child: number }> {
	const stack = [{ address: root, level: -1 }];
	const seen = new Set<number>();
	for (let next = stack.pop(); next; next = stack.pop()) {
		if (seen.has(next.address)) throw storage.damaged("a B-tree that runs in a circle", next.address);
		seen.add(next.address);
		const head = storage.at(next.address, 8 + 2 * storage.offsetSize);
		head.signature("TREE");
		if (head.u8() !== nodeType) throw storage.damaged("a B-tree of the wrong kind", next.address);
		const level = head.u8();
		if (level > MAX_LEVEL || (next.level >= 0 && level !== next.level))
			throw storage.damaged("a B-tree with wrong levels", next.address);
		const entries = head.u16();
		const body = storage.at(next.address + 8 + 2 * storage.offsetSize, entries * (keySize + storage.offsetSize));
		const children: { address: number; level: number }[] = [];
		for (let entry = 0; entry < entries; entry++) {
			const key = body.part(keySize);
			const child = body.offset();
			if (level === 0) yield { key, child };
			else children.push({ address: child, level: level - 1 });
		}
		stack.push(...children.reverse());
	}
}
