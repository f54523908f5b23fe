/** NumPy's archive of arrays: a zip whose members are `.npy` files, stored or deflated. */
import { crc32, inflateRawSync } from "node:zlib";
import { zipSync } from "fflate";
import { UnreadableFileError, UnsupportedError } from "../../shared/errors";
import type { Tensor } from "../../shared/tensor";
import { type NumericArray, readNpy, writeNpy, writeNpyText } from "./npy";

/** No array of an archive may unpack to more than this: a damaged or hostile length is refused before memory is taken. */
const LARGEST_MEMBER = 2 ** 31;

interface Member {
	readonly name: string;
	readonly method: number;
	readonly flags: number;
	readonly crc: number;
	readonly packed: number;
	readonly unpacked: number;
	/** Of the local header. */
	readonly offset: number;
}

/** Whether the bytes begin as a zip archive does (an empty one included). */
export function isZip(bytes: Uint8Array): boolean {
	return (
		bytes[0] === 0x50 && bytes[1] === 0x4b && ((bytes[2] === 3 && bytes[3] === 4) || (bytes[2] === 5 && bytes[3] === 6))
	);
}

/**
 * Arrays of an `.npz` archive, by name without `.npy`, in the order of the file.
 * @param wanted names to read; the others are not unpacked. All when absent.
 * @throws UnreadableFileError with the byte offset; UnsupportedError for an encrypted or otherwise packed member
 */
export function readNpz(bytes: Uint8Array, where: string, wanted?: readonly string[]): Map<string, NumericArray> {
	const arrays = new Map<string, NumericArray>();
	for (const member of readDirectory(bytes, where)) {
		if (!member.name.endsWith(".npy")) continue;
		const name = member.name.slice(0, -4);
		if (wanted && !wanted.includes(name)) continue;
		arrays.set(name, readNpy(unpack(bytes, member, where), `${where}: ${member.name}`));
	}
	return arrays;
}

/** Names of the arrays of an `.npz` archive. @throws UnreadableFileError */
export function listNpz(bytes: Uint8Array, where: string): string[] {
	return readDirectory(bytes, where).flatMap(({ name }) => (name.endsWith(".npy") ? [name.slice(0, -4)] : []));
}

/** Central directory of the zip (PKWARE APPNOTE 6.3, sections 4.3.12 to 4.3.16). */
function readDirectory(bytes: Uint8Array, where: string): Member[] {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const end = findEnd(view);
	if (end === undefined) {
		throw new UnreadableFileError(
			"The archive has no directory at its end: it is cut off, or not a zip archive.",
			`${where}, byte ${bytes.byteLength}`,
			"Save the arrays again with numpy.savez.",
		);
	}
	let count = view.getUint16(end + 10, true);
	let offset = view.getUint32(end + 16, true);
	const at64 = end - 20;
	if (at64 >= 0 && view.getUint32(at64, true) === 0x07064b50) {
		const record = Number(view.getBigUint64(at64 + 8, true));
		if (record + 56 <= bytes.byteLength && view.getUint32(record, true) === 0x06064b50) {
			count = Number(view.getBigUint64(record + 32, true));
			offset = Number(view.getBigUint64(record + 48, true));
		}
	}
	const members: Member[] = [];
	for (let i = 0; i < count; i++) {
		if (offset + 46 > bytes.byteLength || view.getUint32(offset, true) !== 0x02014b50) {
			throw new UnreadableFileError(
				`Entry ${i} of ${count} of the archive's directory is damaged.`,
				`${where}, byte ${offset}`,
			);
		}
		const nameLength = view.getUint16(offset + 28, true);
		const extraLength = view.getUint16(offset + 30, true);
		const name = new TextDecoder().decode(bytes.subarray(offset + 46, offset + 46 + nameLength));
		members.push({
			name,
			flags: view.getUint16(offset + 8, true),
			method: view.getUint16(offset + 10, true),
			crc: view.getUint32(offset + 16, true),
			...sizes(view, offset, offset + 46 + nameLength, extraLength),
		});
		offset += 46 + nameLength + extraLength + view.getUint16(offset + 32, true);
	}
	return members;
}

/** The end record is followed by a comment of at most 65,535 bytes. */
function findEnd(view: DataView): number | undefined {
	const last = view.byteLength - 22;
	for (let at = last; at >= 0 && at >= last - 0xffff; at--) {
		if (view.getUint32(at, true) === 0x06054b50) return at;
	}
	return undefined;
}

/** Sizes and offset of an entry; 0xffffffff means that the zip64 extra field has it, in this order. */
function sizes(
	view: DataView,
	entry: number,
	extra: number,
	extraLength: number,
): Pick<Member, "packed" | "unpacked" | "offset"> {
	const found = {
		unpacked: view.getUint32(entry + 24, true),
		packed: view.getUint32(entry + 20, true),
		offset: view.getUint32(entry + 42, true),
	};
	const end = Math.min(extra + extraLength, view.byteLength);
	for (let at = extra; at + 4 <= end; at += 4 + view.getUint16(at + 2, true)) {
		if (view.getUint16(at, true) !== 1) continue;
		let field = at + 4;
		for (const key of ["unpacked", "packed", "offset"] as const) {
			if (found[key] !== 0xffffffff || field + 8 > end) continue;
			found[key] = Number(view.getBigUint64(field, true));
			field += 8;
		}
	}
	return found;
}

function unpack(bytes: Uint8Array, member: Member, where: string): Uint8Array {
	const at = `${where}: ${member.name}, byte ${member.offset}`;
	const damaged = (why: string, cause?: unknown) =>
		new UnreadableFileError(
			`The member ${member.name} is damaged: ${why}.`,
			at,
			"Save the arrays again with numpy.savez.",
			{ cause },
		);
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	if (member.offset + 30 > bytes.byteLength || view.getUint32(member.offset, true) !== 0x04034b50) {
		throw damaged("there is no local header where the directory says");
	}
	if (member.flags & 1) throw new UnsupportedError(`The member ${member.name} is encrypted.`, at);
	const start =
		member.offset + 30 + view.getUint16(member.offset + 26, true) + view.getUint16(member.offset + 28, true);
	if (start + member.packed > bytes.byteLength)
		throw damaged(`${member.packed} bytes announced, ${bytes.byteLength - start} there`);
	if (member.unpacked > LARGEST_MEMBER) throw damaged(`it says that it unpacks to ${member.unpacked} bytes`);
	const packed = bytes.subarray(start, start + member.packed);
	let unpacked: Uint8Array;
	if (member.method === 0) {
		unpacked = packed;
	} else if (member.method === 8) {
		try {
			unpacked = inflateRawSync(packed, { maxOutputLength: Math.max(1, member.unpacked) });
		} catch (cause) {
			throw damaged(cause instanceof Error ? cause.message : String(cause), cause);
		}
	} else {
		throw new UnsupportedError(
			`The member ${member.name} is packed with method ${member.method}; stored (0) and deflated (8) are read.`,
			at,
		);
	}
	if (unpacked.byteLength !== member.unpacked)
		throw damaged(`${member.unpacked} bytes expected, ${unpacked.byteLength} unpacked`);
	if (crc32(unpacked) !== member.crc) throw damaged("the checksum does not fit");
	return unpacked;
}

/**
 * An `.npz` archive of tensors and texts, deflated; texts become arrays of dtype `<U` and shape ().
 * The same content gives the same bytes: no time of day is stored.
 */
export function writeNpz(entries: Readonly<Record<string, Tensor | string>>): Uint8Array {
	const files = Object.entries(entries).map(([name, value]) => [
		`${name}.npy`,
		typeof value === "string" ? writeNpyText(value) : writeNpy(value),
	]);
	return zipSync(Object.fromEntries(files), { level: 6, mtime: new Date(1980, 0, 1) });
}
