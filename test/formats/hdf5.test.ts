import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as h5wasm from "h5wasm/node";
import { FileSource } from "../../src/core/formats/bytes/byte-source";
import { Hdf5Dataset } from "../../src/core/formats/hdf5/dataset";
import { Hdf5Group, openHdf5 } from "../../src/core/formats/hdf5/file";
import { UnsupportedError } from "../../src/shared/errors";
import { needTestdata, testdata } from "../support/testdata";

/** The HDF5 library, compiled to WebAssembly, is the judge: sound files only, it does not survive damaged ones. */
describe("the HDF5 reader against the HDF5 library", () => {
	before(async function () {
		needTestdata(this, "models");
		await h5wasm.ready;
	});

	it("finds the same members, texts and numbers in every variant of the format", () => {
		const folder = testdata("models", "odd", "hdf5-pyfive");
		let compared = 0;
		for (const name of readdirSync(folder).filter((file) => /\.(hdf5|nc)$/.test(file)))
			compared += compareFile(join(folder, name));
		assert.ok(compared > 40, `${compared} datasets were compared`);
	});

	it("finds the same weights and configuration in Keras files of all ages", () => {
		const files = ["keras_sequential_mnist.h5", "tfkeras_mnist.h5", "separated/weights.h5"].map((file) =>
			testdata("models", "keras-h5", "tensorspace-lenet-mnist", file),
		);
		files.push(testdata("models", "keras-h5", "mlperf-tiny-resnet8-cifar10", "pretrainedResnet.h5"));
		for (const file of files) assert.ok(compareFile(file) > 5, file);
	});
});

/** @returns number of datasets whose values were compared */
function compareFile(path: string): number {
	const virtual = "/judge.h5";
	(h5wasm.FS as { writeFile(name: string, data: Uint8Array): void }).writeFile(virtual, readFileSync(path));
	const judge = new h5wasm.File(virtual, "r");
	const source = new FileSource(path);
	try {
		return compareGroup(openHdf5(source), judge, path);
	} finally {
		source.close();
		judge.close();
	}
}

function compareGroup(group: Hdf5Group, judge: h5wasm.Group, path: string): number {
	compareTexts(group, judge, path);
	const hard = judge
		.keys()
		.filter((name) => judge.get(name) instanceof h5wasm.Group || judge.get(name) instanceof h5wasm.Dataset);
	assert.deepEqual(group.names().sort(), hard.sort(), `${path}, members of ${group.path}`);
	let compared = 0;
	for (const name of group.names()) {
		const other = judge.get(name);
		let member: Hdf5Group | Hdf5Dataset | undefined;
		try {
			member = group.get(name);
		} catch (thrown) {
			// Datasets that grow without limit are refused by name.
			assert.ok(thrown instanceof UnsupportedError, `${path}, ${name}: ${thrown}`);
			continue;
		}
		if (member instanceof Hdf5Group) compared += compareGroup(member, other as h5wasm.Group, path);
		else if (member instanceof Hdf5Dataset) compared += compareDataset(member, other as h5wasm.Dataset, path);
	}
	return compared;
}

function compareTexts(group: Hdf5Group, judge: h5wasm.Group, path: string): void {
	for (const [name, attribute] of group.attributes()) {
		if (attribute.type.kind !== "string" && attribute.type.kind !== "vlen-string") continue;
		const expected = [judge.attrs[name]?.value ?? []].flat().map(String);
		assert.deepEqual(attribute.strings(), expected, `${path}, attribute ${name} of ${group.path}`);
	}
}

function compareDataset(dataset: Hdf5Dataset, judge: h5wasm.Dataset, path: string): number {
	const where = `${path}, ${dataset.path}`;
	assert.deepEqual(dataset.shape, judge.shape ?? [0], where);
	const { kind } = dataset.type;
	if ((kind !== "integer" && kind !== "float") || ("format" in dataset.type && dataset.type.size === 2)) return 0;
	const bytes = dataset.read();
	const value = judge.value as ArrayLike<number | bigint> | number | bigint;
	const expected = typeof value === "number" || typeof value === "bigint" ? [value] : Array.from(value);
	assert.deepEqual(numbers(bytes, dataset), expected.map(Number), where);
	return 1;
}

/** Decoded here once more, by other means than the reader's own decoding of weights. */
function numbers(bytes: Uint8Array, { type }: Hdf5Dataset): number[] {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const isLittle = !("bigEndian" in type && type.bigEndian);
	const isSigned = "signed" in type && type.signed;
	const read = (at: number): number => {
		if (type.kind === "float") return type.size === 8 ? view.getFloat64(at, isLittle) : view.getFloat32(at, isLittle);
		if (type.size === 8) return Number(isSigned ? view.getBigInt64(at, isLittle) : view.getBigUint64(at, isLittle));
		if (type.size === 4) return isSigned ? view.getInt32(at, isLittle) : view.getUint32(at, isLittle);
		if (type.size === 2) return isSigned ? view.getInt16(at, isLittle) : view.getUint16(at, isLittle);
		return isSigned ? view.getInt8(at) : view.getUint8(at);
	};
	return Array.from({ length: bytes.length / type.size }, (_, index) => read(index * type.size));
}
