import { type Cursor, type Storage, UNDEFINED } from "../cursor";

/**
 * A fractal heap (HDF5 file format specification 3.0, section III.G): where groups with many links and objects with
 * many attributes keep them. Managed and tiny objects are read; huge ones and filtered heaps, which models do not
 * have, are named as not read.
 */
export class FractalHeap {
	private readonly heapIdLength: number;
	private readonly offsetBytes: number;
	private readonly lengthBytes: number;
	private readonly width: number;
	private readonly startBlock: number;
	private readonly maxDirect: number;
	private readonly root: number;
	private readonly rootRows: number;

	constructor(
		private readonly storage: Storage,
		private readonly address: number,
	) {
		const header = storage.from(address, 256);
		header.signature("FRHP");
		header.skip(1);
		this.heapIdLength = header.u16();
		const filterLength = header.u16();
		if (filterLength > 0) throw storage.damaged("a compressed fractal heap, which is not read", address);
		header.skip(1);
		const maxManaged = header.u32();
		header.skip(4 * storage.lengthSize + 2 * storage.offsetSize);
		header.skip(6 * storage.lengthSize);
		this.width = header.u16();
		this.startBlock = header.length();
		this.maxDirect = header.length();
		const maxHeapBits = header.u16();
		header.skip(2);
		this.root = header.offset();
		this.rootRows = header.u16();
		if (this.width === 0 || !(this.startBlock > 0) || !(this.maxDirect >= this.startBlock) || maxHeapBits > 64) {
			throw storage.damaged("a fractal heap of impossible size", address);
		}
		this.offsetBytes = Math.ceil(maxHeapBits / 8);
		this.lengthBytes = bytesFor(Math.min(this.maxDirect, maxManaged));
	}

	/** The object of a heap id. @throws UnreadableFileError */
	object(id: Cursor): Cursor {
		const whole = id.part(Math.min(this.heapIdLength, id.left));
		const flags = whole.u8();
		const kind = (flags >> 4) & 3;
		if (kind === 2) return whole.part(Math.min((flags & 0x0f) + 1, whole.left));
		if (kind === 1) throw this.storage.damaged("a huge object in a fractal heap, which is not read", this.address);
		const offset = whole.uint(this.offsetBytes);
		const length = whole.uint(this.lengthBytes);
		if (offset === UNDEFINED || length === UNDEFINED)
			throw this.storage.damaged("an object outside of its heap", this.address);
		const block = this.directBlock(offset);
		if (offset - block.offset + length > block.size)
			throw this.storage.damaged("an object that is longer than its block", block.address);
		return this.storage.at(block.address + (offset - block.offset), length);
	}

	/** The direct block that holds an offset of the heap's address space. Offsets count the blocks' own headers. */
	private directBlock(offset: number): { address: number; offset: number; size: number } {
		if (this.rootRows === 0) return { address: this.root, offset: 0, size: this.startBlock };
		let address = this.root;
		let start = 0;
		let rows = this.rootRows;
		for (let depth = 0; depth < 32; depth++) {
			const found = this.entry(offset - start, rows);
			const cursor = this.storage.from(address, 64 + this.offsetBytes + (found.index + 1) * this.storage.offsetSize);
			cursor.signature("FHIB");
			cursor.skip(1 + this.storage.offsetSize + this.offsetBytes);
			cursor.skip(found.index * this.storage.offsetSize);
			address = cursor.offset();
			start += found.start;
			if (address === UNDEFINED) break;
			if (found.size <= this.maxDirect) return { address, offset: start, size: found.size };
			rows = Math.log2(found.size) - Math.log2(this.startBlock * this.width) + 1;
		}
		throw this.storage.damaged("an object outside of its heap", this.address);
	}

	/** Which child of an indirect block holds an offset: rows 0 and 1 have the starting size, each later one twice the last. */
	private entry(offset: number, rows: number): { index: number; start: number; size: number } {
		let start = 0;
		let size = this.startBlock;
		for (let row = 0; row < rows; row++) {
			if (row > 1) size *= 2;
			if (offset < start + size * this.width) {
				const column = Math.floor((offset - start) / size);
				return { index: row * this.width + column, start: start + column * size, size };
			}
			start += size * this.width;
		}
		throw this.storage.damaged("an object outside of its heap", this.address);
	}
}

function bytesFor(value: number): number {
	let bytes = 1;
	for (let limit = 256; value >= limit && bytes < 8; limit *= 256) bytes++;
	return bytes;
}
