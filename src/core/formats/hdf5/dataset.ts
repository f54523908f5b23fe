import { UnreadableFileError } from "../../../shared/errors";
import { type Hdf5Attribute, readAttributes } from "./attributes";
import { type Storage, UNDEFINED } from "./cursor";
import { byteLength, type Datatype, readDataspace, readDatatype } from "./datatype";
import { MESSAGE, type Message } from "./object-header";
import { type Chunk, chunksOf } from "./values/chunks";
import { type Filter, readFilters, unfilter } from "./values/filters";
import { type Layout, readLayout } from "./values/layout";

/** Deflate never makes more than this of one byte, so a dataset that claims more is damaged. */
const MOST_EXPANSION = 1032;

/** A dataset: its values are read when they are asked for. */
export class Hdf5Dataset {
	readonly shape: readonly number[];
	readonly type: Datatype;
	/** Bytes of all values, unpacked. */
	readonly bytes: number;
	private readonly layout: Layout;
	private readonly filters: readonly Filter[];

	/** @throws UnreadableFileError; UnsupportedError for layouts that models do not have */
	constructor(
		private readonly storage: Storage,
		private readonly messages: readonly Message[],
		/** Path in the file, for messages. */
		readonly path: string,
	) {
		const find = (type: number) => messages.find((message) => message.type === type)?.open();
		const space = find(MESSAGE.dataspace);
		const type = find(MESSAGE.datatype);
		const layout = find(MESSAGE.layout);
		if (!space || !type || !layout)
			throw new UnreadableFileError(
				`The dataset ${path} is incomplete: shape, type or place of its values is missing.`,
				this.where,
			);
		// A null dataspace has no elements.
		this.shape = readDataspace(space) ?? [0];
		this.type = readDatatype(type);
		this.layout = readLayout(layout);
		const filters = find(MESSAGE.filters);
		this.filters = filters ? readFilters(filters) : [];
		this.bytes = byteLength(this.shape, this.type, this.where);
		this.checkSize();
	}

	get where(): string {
		return `${this.storage.source.where}, ${this.path}`;
	}

	attributes(): Map<string, Hdf5Attribute> {
		return readAttributes(this.storage, this.messages);
	}

	/** All values as the file holds them (byte order included), row-major. @throws UnreadableFileError */
	read(): Uint8Array {
		const bytes = new Uint8Array(this.bytes);
		const { layout, storage } = this;
		if (layout.kind === "chunked") this.readChunks(bytes, layout);
		else if (layout.kind === "compact") bytes.set(storage.at(layout.address, this.bytes).take(this.bytes));
		else if (layout.address !== UNDEFINED) storage.source.readInto(bytes, storage.base + layout.address);
		return bytes;
	}

	/** What the dataset declares must fit what the file holds, before any memory is taken for it. */
	private checkSize(): void {
		const { layout, bytes } = this;
		const held = this.storage.source.size;
		const claim = `The dataset ${this.path} declares ${bytes} bytes in shape [${this.shape.join(", ")}]`;
		if (layout.kind === "chunked") {
			if (layout.chunk.length !== this.shape.length || layout.elementSize !== this.type.size) {
				throw new UnreadableFileError(
					`The chunks of the dataset ${this.path} do not fit its shape [${this.shape.join(", ")}]: the file is damaged.`,
					this.where,
				);
			}
			const most = this.filters.length > 0 ? held * MOST_EXPANSION : held;
			const chunkBytes = layout.chunk.reduce((product, extent) => product * extent, layout.elementSize);
			if (bytes > most || chunkBytes > most)
				throw new UnreadableFileError(
					`${claim}, more than the file of ${held} bytes can hold: it is damaged.`,
					this.where,
				);
		} else if (bytes > 0 && (bytes > held || (layout.size !== bytes && layout.address !== UNDEFINED))) {
			throw new UnreadableFileError(
				`${claim}, but the file has ${layout.size} bytes for it: it is damaged.`,
				this.where,
				"Copy or download the file again.",
			);
		}
	}

	private readChunks(target: Uint8Array, layout: Extract<Layout, { kind: "chunked" }>): void {
		const chunkBytes = layout.chunk.reduce((product, extent) => product * extent, layout.elementSize);
		for (const chunk of chunksOf(this.storage, layout, this.shape, this.filters.length > 0)) {
			const stored = this.storage.at(chunk.address, chunk.size).take(chunk.size);
			const data = unfilter(stored, this.filters, chunk.mask, chunkBytes, this.where);
			if (data.length < chunkBytes)
				throw new UnreadableFileError(
					`A chunk of ${chunkBytes} bytes unpacks to ${data.length}: the file is damaged.`,
					this.where,
				);
			this.placeChunk(target, data, chunk, layout.chunk);
		}
	}

	/** Copies the part of a chunk that lies inside the dataset, one run along the last axis at a time. */
	private placeChunk(target: Uint8Array, data: Uint8Array, { offset }: Chunk, extents: readonly number[]): void {
		const { shape } = this;
		const { size } = this.type;
		const rank = shape.length;
		if (rank === 0) {
			target.set(data.subarray(0, size));
			return;
		}
		const inside = shape.map((extent, axis) => Math.min(extents[axis] as number, extent - (offset[axis] as number)));
		if (inside.some((extent) => extent <= 0) || offset.some((start) => start < 0)) {
			throw new UnreadableFileError(
				`A chunk lies outside of the dataset ${this.path}: the file is damaged.`,
				this.where,
			);
		}
		const run = (inside[rank - 1] as number) * size;
		const rows = inside.slice(0, -1).reduce((product, extent) => product * extent, 1);
		for (let row = 0; row < rows; row++) {
			let rest = row;
			let from = 0;
			let to = offset[rank - 1] as number;
			let fromStride = extents[rank - 1] as number;
			let toStride = shape[rank - 1] as number;
			for (let axis = rank - 2; axis >= 0; axis--) {
				const position = rest % (inside[axis] as number);
				rest = Math.floor(rest / (inside[axis] as number));
				from += position * fromStride;
				to += (position + (offset[axis] as number)) * toStride;
				fromStride *= extents[axis] as number;
				toStride *= shape[axis] as number;
			}
			target.set(data.subarray(from * size, from * size + run), to * size);
		}
	}
}
