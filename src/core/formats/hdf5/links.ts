import { type Cursor, decodeText, type Storage, UNDEFINED } from "./cursor";
import { btree1Leaves } from "./index/btree1";
import { btree2Records } from "./index/btree2";
import { FractalHeap } from "./index/fractal-heap";
import { MESSAGE, type Message } from "./object-header";

const LINK_NAME_RECORDS = 5;

/** Names and object header addresses of a group's members; soft and external links, which models do not have, are left out. */
export function readLinks(storage: Storage, messages: readonly Message[]): Map<string, number> {
	const links = new Map<string, number>();
	for (const message of messages) {
		if (message.type === MESSAGE.symbolTable) readSymbolTable(storage, message.open(), links);
		else if (message.type === MESSAGE.link) readLink(message.open(), links);
		else if (message.type === MESSAGE.linkInfo) readDenseLinks(storage, message.open(), links);
	}
	return links;
}

/** Whether an object is a group. */
export function isGroup(messages: readonly Message[]): boolean {
	return messages.some(
		({ type }) => type === MESSAGE.symbolTable || type === MESSAGE.link || type === MESSAGE.linkInfo,
	);
}

function readSymbolTable(storage: Storage, message: Cursor, links: Map<string, number>): void {
	const tree = message.offset();
	const heap = storage.at(message.offset(), 8 + 2 * storage.lengthSize + storage.offsetSize);
	heap.signature("HEAP");
	heap.skip(4);
	const heapSize = heap.length();
	heap.length();
	const names = storage.at(heap.offset(), heapSize);
	const nameBytes = names.take(heapSize);
	for (const { child } of btree1Leaves(storage, tree, 0, storage.lengthSize)) {
		const head = storage.at(child, 8);
		head.signature("SNOD");
		head.skip(2);
		const count = head.u16();
		const entrySize = 2 * storage.offsetSize + 24;
		const entries = storage.at(child + 8, count * entrySize);
		for (let index = 0; index < count; index++) {
			const entry = entries.part(entrySize);
			const nameOffset = entry.offset();
			const address = entry.offset();
			const isSoftLink = entry.u32() === 2;
			if (nameOffset < 0 || nameOffset >= nameBytes.length) throw storage.damaged("a name outside of its heap", child);
			if (!isSoftLink && address !== UNDEFINED) links.set(decodeText(nameBytes.subarray(nameOffset)), address);
		}
	}
}

function readLink(cursor: Cursor, links: Map<string, number>): void {
	cursor.skip(1);
	const flags = cursor.u8();
	const kind = flags & 0x08 ? cursor.u8() : 0;
	if (flags & 0x04) cursor.skip(8);
	if (flags & 0x10) cursor.skip(1);
	const nameLength = cursor.uint(1 << (flags & 3));
	const name = decodeText(cursor.take(nameLength));
	if (kind === 0) links.set(name, cursor.offset());
}

function readDenseLinks(storage: Storage, message: Cursor, links: Map<string, number>): void {
	message.skip(1);
	const flags = message.u8();
	if (flags & 1) message.skip(8);
	const heapAddress = message.offset();
	const nameTree = message.offset();
	if (heapAddress === UNDEFINED || nameTree === UNDEFINED) return;
	const heap = new FractalHeap(storage, heapAddress);
	for (const record of btree2Records(storage, nameTree, LINK_NAME_RECORDS)) {
		record.skip(4);
		readLink(heap.object(record), links);
	}
}
