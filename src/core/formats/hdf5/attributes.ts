import { UnreadableFileError, UnsupportedError } from "../../../shared/errors";
import { type Cursor, decodeText, type Storage, UNDEFINED } from "./cursor";
import { byteLength, type Datatype, datatypeName, readDataspace, readDatatype } from "./datatype";
import { btree2Records } from "./index/btree2";
import { FractalHeap } from "./index/fractal-heap";
import { readGlobalHeapObject } from "./index/global-heap";
import { MESSAGE, type Message, openShared } from "./object-header";

const ATTRIBUTE_NAME_RECORDS = 8;

export interface Hdf5Attribute {
	readonly name: string;
	/** `undefined` for an attribute without a value. */
	readonly shape: readonly number[] | undefined;
	readonly type: Datatype;
	/** Texts in order. @throws UnreadableFileError when it does not hold text */
	strings(): string[];
	/** The one text that it holds. @throws UnreadableFileError when it is anything else */
	string(): string;
}

/** All attributes of an object by name. @throws UnreadableFileError */
export function readAttributes(storage: Storage, messages: readonly Message[]): Map<string, Hdf5Attribute> {
	const attributes = new Map<string, Hdf5Attribute>();
	const add = (attribute: Hdf5Attribute) => attributes.set(attribute.name, attribute);
	for (const message of messages) {
		if (message.type === MESSAGE.attribute) add(readAttribute(storage, message.open()));
		else if (message.type === MESSAGE.attributeInfo)
			for (const dense of denseAttributes(storage, message.open())) add(readAttribute(storage, dense));
	}
	return attributes;
}

function* denseAttributes(storage: Storage, info: Cursor): Generator<Cursor> {
	info.skip(1);
	const flags = info.u8();
	if (flags & 1) info.skip(2);
	const heapAddress = info.offset();
	const nameTree = info.offset();
	if (heapAddress === UNDEFINED || nameTree === UNDEFINED) return;
	const heap = new FractalHeap(storage, heapAddress);
	for (const record of btree2Records(storage, nameTree, ATTRIBUTE_NAME_RECORDS)) yield heap.object(record);
}

function readAttribute(storage: Storage, cursor: Cursor): Hdf5Attribute {
	const version = cursor.u8();
	if (version < 1 || version > 3) throw storage.damaged(`an attribute of version ${version}`, cursor.address);
	const flags = cursor.u8();
	const nameLength = cursor.u16();
	const typeLength = cursor.u16();
	const spaceLength = cursor.u16();
	if (version === 3) cursor.skip(1);
	// In version 1 each part is padded to a multiple of eight bytes.
	const padded = (length: number) => (version === 1 ? Math.ceil(length / 8) * 8 : length);
	const name = decodeText(cursor.take(padded(nameLength)).subarray(0, nameLength));
	const typePart = cursor.part(padded(typeLength));
	const spacePart = cursor.part(padded(spaceLength));
	const type = readDatatype(version > 1 && flags & 1 ? openShared(storage, MESSAGE.datatype, typePart) : typePart);
	const shape = readDataspace(version > 1 && flags & 2 ? openShared(storage, MESSAGE.dataspace, spacePart) : spacePart);
	const where = `${storage.source.where}, attribute ${name}`;
	const strings = () => {
		if (!shape) return [];
		const data = cursor.storage.at(cursor.address + cursor.position, byteLength(shape, type, where));
		return readStrings(storage, data, type, elements(shape), where);
	};
	const string = () => {
		const texts = strings();
		if (texts.length !== 1)
			throw new UnreadableFileError(`The attribute ${name} holds ${texts.length} texts where one is expected.`, where);
		return texts[0] as string;
	};
	return { name, shape, type, strings, string };
}

function elements(shape: readonly number[]): number {
	return shape.reduce((product, extent) => product * extent, 1);
}

function readStrings(storage: Storage, data: Cursor, type: Datatype, count: number, where: string): string[] {
	const texts: string[] = [];
	if (type.kind === "string" || type.kind === "opaque") {
		if (type.size === 0) return new Array<string>(Math.min(count, 1)).fill("");
		for (let index = 0; index < count; index++) texts.push(decodeText(data.take(type.size)));
	} else if (type.kind === "vlen-string") {
		for (let index = 0; index < count; index++) {
			const length = data.u32();
			const address = data.offset();
			const object = data.u32();
			texts.push(length === 0 ? "" : decodeText(readGlobalHeapObject(storage, address, object).subarray(0, length)));
		}
	} else if (count > 0) {
		throw new UnsupportedError(`A text is expected, but the file holds ${datatypeName(type)}.`, where);
	}
	return texts;
}
