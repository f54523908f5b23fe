import { type Cursor, type Storage, UNDEFINED } from "./cursor";

/** Types of header messages that are read (HDF5 file format specification 3.0, section IV.A.2). */
export const MESSAGE = {
	dataspace: 0x01,
	linkInfo: 0x02,
	datatype: 0x03,
	fillValue: 0x05,
	link: 0x06,
	layout: 0x08,
	filters: 0x0b,
	attribute: 0x0c,
	continuation: 0x10,
	symbolTable: 0x11,
	attributeInfo: 0x15,
} as const;

export interface Message {
	readonly type: number;
	/** A cursor at the message's data, made anew for each call. */
	open(): Cursor;
}

const MAX_MESSAGES = 65536;
const SHARED = 0x02;

/** All messages of an object. @throws UnreadableFileError */
export function readObjectHeader(storage: Storage, address: number): Message[] {
	const start = storage.from(address, 64);
	const isVersion2 = start.left >= 4 && String.fromCharCode(...start.take(4)) === "OHDR";
	return isVersion2 ? readVersion2(storage, address) : readVersion1(storage, address);
}

function readVersion1(storage: Storage, address: number): Message[] {
	const prefix = storage.at(address, 16);
	const version = prefix.u8();
	if (version !== 1) throw storage.damaged(`an object header of version ${version}`, address);
	prefix.skip(1);
	const count = prefix.u16();
	prefix.skip(4);
	const size = prefix.u32();
	const messages: Message[] = [];
	const blocks = new Blocks(storage);
	blocks.add(address + 16, size);
	for (const block of blocks) {
		const cursor = storage.at(block.address, block.length);
		while (cursor.left >= 8 && messages.length < count) {
			const type = cursor.u16();
			const length = cursor.u16();
			const flags = cursor.u8();
			cursor.skip(3);
			push(storage, messages, blocks, type, flags, cursor.part(length));
		}
	}
	return messages;
}

function readVersion2(storage: Storage, address: number): Message[] {
	const prefix = storage.from(address, 64);
	prefix.signature("OHDR");
	const version = prefix.u8();
	if (version !== 2) throw storage.damaged(`an object header of version ${version}`, address);
	const flags = prefix.u8();
	if (flags & 0x20) prefix.skip(16);
	if (flags & 0x10) prefix.skip(4);
	const size = prefix.uint(1 << (flags & 3));
	const messages: Message[] = [];
	const blocks = new Blocks(storage);
	blocks.add(address + prefix.position, size);
	let first = true;
	for (const block of blocks) {
		// Continuations carry a signature and a checksum of their own; the first block's checksum lies behind it.
		const cursor = first ? storage.at(block.address, block.length) : storage.at(block.address, block.length - 4);
		if (!first) cursor.signature("OCHK");
		first = false;
		const prefixLength = flags & 0x04 ? 6 : 4;
		while (cursor.left >= prefixLength) {
			const type = cursor.u8();
			const length = cursor.u16();
			const messageFlags = cursor.u8();
			if (flags & 0x04) cursor.skip(2);
			push(storage, messages, blocks, type, messageFlags, cursor.part(length));
		}
	}
	return messages;
}

function push(storage: Storage, messages: Message[], blocks: Blocks, type: number, flags: number, data: Cursor): void {
	if (messages.length >= MAX_MESSAGES) throw storage.damaged("an object header with no end");
	const { address, left: length } = data;
	if (type === MESSAGE.continuation) blocks.add(data.offset(), data.length());
	const open = () => storage.at(address, length);
	messages.push({ type, open: flags & SHARED ? () => openShared(storage, type, open()) : open });
}

/** A message that is kept in another object's header: a committed datatype. */
export function openShared(storage: Storage, type: number, pointer: Cursor): Cursor {
	const version = pointer.u8();
	const kind = pointer.u8();
	if (version === 1) pointer.skip(6);
	if (version === 3 && kind === 1)
		throw storage.damaged("a message in the shared message heap, which is not read", pointer.address);
	const address = pointer.offset();
	const shared = readObjectHeader(storage, address).find((message) => message.type === type);
	if (!shared) throw storage.damaged("a shared message that is not where it should be", address);
	return shared.open();
}

/** Blocks of a header still to be read; each one once, so that a damaged chain ends. */
class Blocks implements Iterable<{ address: number; length: number }> {
	private readonly list: { address: number; length: number }[] = [];
	private readonly seen = new Set<number>();

	constructor(private readonly storage: Storage) {}

	add(address: number, length: number): void {
		if (address === UNDEFINED || length === UNDEFINED || this.seen.has(address))
			throw this.storage.damaged("an object header that runs in a circle", address);
		this.seen.add(address);
		this.list.push({ address, length });
	}

	*[Symbol.iterator](): Iterator<{ address: number; length: number }> {
		for (let index = 0; index < this.list.length; index++)
			yield this.list[index] as { address: number; length: number };
	}
}
