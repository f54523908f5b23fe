import { UnsupportedError } from "../../../../shared/errors";
import { type Cursor, UNDEFINED } from "../cursor";

/** How the values of a dataset are laid down in the file. */
export type Layout =
	| { kind: "compact"; address: number; size: number }
	/** `address` {@link UNDEFINED}: nothing was ever written. */
	| { kind: "contiguous"; address: number; size: number }
	| { kind: "chunked"; index: ChunkIndex; address: number; chunk: readonly number[]; elementSize: number };

export type ChunkIndex =
	| { kind: "btree1" }
	| { kind: "single"; filteredSize: number | undefined; mask: number }
	| { kind: "implicit" }
	| { kind: "fixed-array" };

/** Data layout message (HDF5 file format specification 3.0, section IV.A.2.i). */
export function readLayout(cursor: Cursor): Layout {
	const version = cursor.u8();
	if (version === 1 || version === 2) return readOldLayout(cursor);
	if (version !== 3 && version !== 4)
		throw cursor.storage.damaged(`a data layout of version ${version}`, cursor.address);
	const kind = cursor.u8();
	if (kind === 0) {
		const size = cursor.u16();
		return { kind: "compact", address: cursor.address + cursor.position, size };
	}
	if (kind === 1) {
		const address = cursor.offset();
		return { kind: "contiguous", address, size: cursor.length() };
	}
	if (kind !== 2)
		throw new UnsupportedError("The dataset is virtual: its values are in other files.", cursor.storage.source.where);
	if (version === 4) return readChunkedLayout4(cursor);
	const rank = cursor.u8() - 1;
	const address = cursor.offset();
	const chunk = extents(cursor, rank, 4);
	return { kind: "chunked", index: { kind: "btree1" }, address, chunk, elementSize: cursor.u32() };
}

function readOldLayout(cursor: Cursor): Layout {
	const rank = cursor.u8();
	const kind = cursor.u8();
	cursor.skip(5);
	const address = kind === 0 ? UNDEFINED : cursor.offset();
	if (kind === 2) {
		const chunk = extents(cursor, rank - 1, 4);
		return { kind: "chunked", index: { kind: "btree1" }, address, chunk, elementSize: cursor.u32() };
	}
	const size = extents(cursor, rank, 4).reduce((product, extent) => product * extent, 1);
	if (kind === 1) return { kind: "contiguous", address, size };
	const compactSize = cursor.u32();
	return { kind: "compact", address: cursor.address + cursor.position, size: compactSize };
}

function readChunkedLayout4(cursor: Cursor): Layout {
	const flags = cursor.u8();
	const rank = cursor.u8() - 1;
	const width = cursor.u8();
	const chunk = extents(cursor, rank, width);
	const elementSize = cursor.uint(width);
	const indexType = cursor.u8();
	const chunked = (index: ChunkIndex): Layout => ({
		kind: "chunked",
		index,
		address: cursor.offset(),
		chunk,
		elementSize,
	});
	if (indexType === 1) {
		if ((flags & 2) === 0) return chunked({ kind: "single", filteredSize: undefined, mask: 0 });
		const filteredSize = cursor.length();
		return chunked({ kind: "single", filteredSize, mask: cursor.u32() });
	}
	if (indexType === 2) return chunked({ kind: "implicit" });
	if (indexType === 3) {
		cursor.skip(1);
		return chunked({ kind: "fixed-array" });
	}
	throw new UnsupportedError(
		`The dataset can grow without limit (chunk index ${indexType}); weights of a model never can, and such datasets are not read.`,
		cursor.storage.source.where,
	);
}

function extents(cursor: Cursor, count: number, width: number): number[] {
	if (count < 0 || count > 32 || width < 1 || width > 8)
		throw cursor.storage.damaged("chunks of impossible shape", cursor.address);
	const list: number[] = [];
	for (let axis = 0; axis < count; axis++) {
		const extent = cursor.uint(width);
		if (extent < 1) throw cursor.storage.damaged("chunks of impossible shape", cursor.address);
		list.push(extent);
	}
	return list;
}
