import { type Storage, UNDEFINED } from "../cursor";
import { btree1Leaves } from "../index/btree1";
import type { Layout } from "./layout";

type Chunked = Extract<Layout, { kind: "chunked" }>;

export interface Chunk {
	/** Index of its first element on each axis. */
	readonly offset: readonly number[];
	readonly address: number;
	/** Bytes in the file. */
	readonly size: number;
	readonly mask: number;
}

/** The chunks that were written, in any order. @throws UnreadableFileError */
export function* chunksOf(
	storage: Storage,
	layout: Chunked,
	shape: readonly number[],
	filtered: boolean,
): Generator<Chunk> {
	if (layout.address === UNDEFINED) return;
	const rank = shape.length;
	const plainSize = layout.chunk.reduce((product, extent) => product * extent, layout.elementSize);
	const { index } = layout;
	if (index.kind === "btree1") {
		for (const { key, child } of btree1Leaves(storage, layout.address, 1, 8 + 8 * (rank + 1))) {
			const size = key.u32();
			const mask = key.u32();
			const offset = shape.map(() => key.uint(8));
			if (child !== UNDEFINED) yield { offset, address: child, size: filtered ? size : plainSize, mask };
		}
	} else if (index.kind === "single") {
		yield {
			offset: shape.map(() => 0),
			address: layout.address,
			size: index.filteredSize ?? plainSize,
			mask: index.mask,
		};
	} else if (index.kind === "implicit") {
		let number = 0;
		for (const offset of grid(shape, layout.chunk))
			yield { offset, address: layout.address + plainSize * number++, size: plainSize, mask: 0 };
	} else {
		yield* fixedArray(storage, layout, shape, filtered, plainSize);
	}
}

/** Fixed array index (HDF5 file format specification 3.0, section VII.C), paged or not. */
function* fixedArray(
	storage: Storage,
	layout: Chunked,
	shape: readonly number[],
	filtered: boolean,
	plainSize: number,
): Generator<Chunk> {
	const header = storage.at(layout.address, 8 + storage.lengthSize + storage.offsetSize);
	header.signature("FAHD");
	header.skip(2);
	const entrySize = header.u8();
	const pageBits = header.u8();
	const count = header.length();
	const dataBlock = header.offset();
	if (dataBlock === UNDEFINED) return;
	// An entry is an address; with filters also the stored size and the mask of filters that were left out.
	const sizeWidth = filtered ? entrySize - storage.offsetSize - 4 : 0;
	if (filtered ? sizeWidth < 1 || sizeWidth > 8 : entrySize !== storage.offsetSize)
		throw storage.damaged("a chunk index with entries of the wrong size", layout.address);
	const pageLength = 2 ** Math.min(pageBits, 30);
	const paged = count > pageLength;
	const prefix = 6 + storage.offsetSize;
	storage.at(dataBlock, 4).signature("FADB");
	const pages = Math.ceil(count / pageLength);
	const bitmap = paged ? storage.at(dataBlock + prefix, Math.ceil(pages / 8)).take(Math.ceil(pages / 8)) : undefined;
	const firstPage = dataBlock + prefix + (bitmap ? bitmap.length + 4 : 0);
	let number = 0;
	for (const offset of grid(shape, layout.chunk)) {
		if (number >= count) throw storage.damaged("a chunk index with too few entries", layout.address);
		const page = paged ? Math.floor(number / pageLength) : 0;
		const within = number - page * pageLength;
		number++;
		if (bitmap && (((bitmap[page >> 3] as number) >> (7 - (page & 7))) & 1) === 0) continue;
		// A full page is followed by a checksum of four bytes.
		const entry = storage.at(firstPage + page * (pageLength * entrySize + 4) + within * entrySize, entrySize);
		const address = entry.offset();
		if (address === UNDEFINED) continue;
		if (filtered) {
			const size = entry.uint(sizeWidth);
			yield { offset, address, size, mask: entry.u32() };
		} else yield { offset, address, size: plainSize, mask: 0 };
	}
}

/** First elements of all chunks, the last axis fastest. */
function* grid(shape: readonly number[], chunk: readonly number[]): Generator<number[]> {
	const counts = shape.map((extent, axis) => Math.ceil(extent / (chunk[axis] as number)));
	const total = counts.reduce((product, count) => product * count, 1);
	for (let number = 0; number < total; number++) {
		const offset = new Array<number>(shape.length);
		let rest = number;
		for (let axis = shape.length - 1; axis >= 0; axis--) {
			const count = counts[axis] as number;
			offset[axis] = (rest % count) * (chunk[axis] as number);
			rest = Math.floor(rest / count);
		}
		yield offset;
	}
}
