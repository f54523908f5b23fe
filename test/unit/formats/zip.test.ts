import assert from "node:assert/strict";
import { strToU8, type Zippable, zipSync } from "fflate";
import { MemorySource } from "../../../src/core/formats/bytes/byte-source";
import { ZipArchive } from "../../../src/core/formats/zip/zip";
import { LaminaError, UnreadableFileError } from "../../../src/shared/errors";

const archive = (bytes: Uint8Array) => new ZipArchive(new MemorySource(bytes, "test.zip"));

describe("zip archives", () => {
	const data = Uint8Array.from({ length: 5000 }, (_, index) => index * index);
	const files = {
		"stored.bin": [data, { level: 0 }],
		"packed.bin": [data, { level: 9 }],
		"text.json": strToU8('{"a": 1}'),
	} satisfies Zippable;

	it("reads any range of stored and of deflated members", () => {
		const zip = archive(zipSync(files));
		assert.deepEqual(zip.names(), ["stored.bin", "packed.bin", "text.json"]);
		for (const name of ["stored.bin", "packed.bin"]) {
			const member = zip.open(name);
			assert.equal(member.size, data.length);
			assert.deepEqual(Uint8Array.from(member.read(1234, 100)), data.slice(1234, 1334));
		}
		assert.equal(zip.text("text.json", 100), '{"a": 1}');
	});

	it("finds the directory behind a comment", () => {
		const bytes = zipSync(files);
		const comment = strToU8("a comment");
		const commented = new Uint8Array(bytes.length + comment.length);
		commented.set(bytes);
		commented.set(comment, bytes.length);
		new DataView(commented.buffer).setUint16(bytes.length - 2, comment.length, true);
		assert.equal(archive(commented).names().length, 3);
	});

	it("reads 64-bit sizes and offsets", () => {
		const zip = archive(zip64("big.bin", data));
		assert.deepEqual(Uint8Array.from(zip.open("big.bin").read(0, data.length)), data);
	});

	it("never unpacks more than a member declares", () => {
		const bytes = zipSync({ "bomb.bin": [new Uint8Array(10_000_000), { level: 9 }] });
		const directory = new DataView(bytes.buffer, bytes.byteOffset);
		const entry = directory.getUint32(bytes.length - 6, true);
		directory.setUint32(entry + 24, 1000, true);
		assert.throws(() => archive(bytes).open("bomb.bin"), UnreadableFileError);
	});

	it("does not believe a size that deflate cannot reach", () => {
		const bytes = zipSync({ "small.bin": [data, { level: 9 }] });
		const directory = new DataView(bytes.buffer, bytes.byteOffset);
		directory.setUint32(directory.getUint32(bytes.length - 6, true) + 24, 0xfffffff0, true);
		assert.throws(() => archive(bytes).open("small.bin"), /more than its \d+ packed bytes can hold/);
	});

	it("says that an archive is cut off, wherever it is cut", () => {
		const bytes = zipSync(files);
		for (let length = 4; length < bytes.length; length += 97) {
			assert.throws(() => archive(bytes.slice(0, length)).open("stored.bin"), LaminaError, `cut at ${length}`);
		}
	});
});

/** An archive with one stored member, every size and offset in ZIP64 fields (APPNOTE 4.3.14, 4.5.3). */
function zip64(name: string, data: Uint8Array): Uint8Array {
	const title = strToU8(name);
	const parts: Uint8Array[] = [];
	const record = (size: number, fill: (view: DataView) => void) => {
		const bytes = new Uint8Array(size);
		fill(new DataView(bytes.buffer));
		parts.push(bytes);
	};
	const max = 0xffffffff;
	record(30, (v) => {
		v.setUint32(0, 0x04034b50, true);
		v.setUint32(18, max, true);
		v.setUint32(22, max, true);
		v.setUint16(26, title.length, true);
	});
	parts.push(title, data);
	const start = 30 + title.length + data.length;
	record(46, (v) => {
		v.setUint32(0, 0x02014b50, true);
		v.setUint32(20, max, true);
		v.setUint32(24, max, true);
		v.setUint16(28, title.length, true);
		v.setUint16(30, 28, true);
		v.setUint32(42, max, true);
	});
	parts.push(title);
	record(28, (v) => {
		v.setUint16(0, 1, true);
		v.setUint16(2, 24, true);
		v.setBigUint64(4, BigInt(data.length), true);
		v.setBigUint64(12, BigInt(data.length), true);
		v.setBigUint64(20, 0n, true);
	});
	const size = 46 + title.length + 28;
	record(56, (v) => {
		v.setUint32(0, 0x06064b50, true);
		v.setBigUint64(32, 1n, true);
		v.setBigUint64(40, BigInt(size), true);
		v.setBigUint64(48, BigInt(start), true);
	});
	record(20, (v) => {
		v.setUint32(0, 0x07064b50, true);
		v.setBigUint64(8, BigInt(start + size), true);
	});
	record(22, (v) => {
		v.setUint32(0, 0x06054b50, true);
		v.setUint16(10, 0xffff, true);
		v.setUint32(12, max, true);
		v.setUint32(16, max, true);
	});
	return Uint8Array.from(parts.flatMap((part) => [...part]));
}
