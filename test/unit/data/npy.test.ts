import assert from "node:assert/strict";
import { isNpy, readNpy, tensorOf, writeNpy } from "../../../src/core/data/npy";
import { listNpz, readNpz, writeNpz } from "../../../src/core/data/npz";
import { LaminaError, UnreadableFileError, UnsupportedError } from "../../../src/shared/errors";
import { float32 } from "../../../src/shared/tensor";
import { fixture } from "./fixtures";

const reference = fixture<Record<"arrays" | "archives" | "refused", Record<string, string>> & { by: string }>(
	"arrays.json",
);
const bytes = (base64: string) => new Uint8Array(Buffer.from(base64, "base64"));

describe("NumPy arrays", () => {
	for (const [name, file] of Object.entries(reference.arrays)) {
		const kind = /^[<>]([a-z])(\d) ([CF])$/.exec(name);
		if (!kind) continue;
		it(`reads ${name === "<f4 C" ? "the usual " : ""}${name} as ${reference.by} wrote it`, () => {
			const { shape, data } = readNpy(bytes(file), name);
			const unsigned = kind[1] === "u" || kind[1] === "b";
			const expected = Array.from({ length: 24 }, (_, i) => {
				const value = (i * 5 - (unsigned ? 0 : 60)) / (kind[1] === "f" ? 8 : 1);
				return kind[1] === "b" ? Number(value !== 0) : value;
			});
			assert.deepEqual(shape, [2, 3, 4]);
			assert.deepEqual(Array.from(data as ArrayLike<number | bigint>, Number), expected);
		});
	}

	it("reads half precision with its subnormals, infinities and NaN", () => {
		const { data } = readNpy(bytes(reference.arrays.half!), "half");
		assert.deepEqual(Array.from(data as Float32Array), [
			0,
			-0,
			2 ** -24,
			65504,
			Number.POSITIVE_INFINITY,
			Number.NEGATIVE_INFINITY,
			Number.NaN,
			0.333251953125,
		]);
	});

	it("reads scalars, empty arrays and arrays of one axis", () => {
		assert.deepEqual(readNpy(bytes(reference.arrays.scalar!), "scalar").shape, []);
		assert.deepEqual(readNpy(bytes(reference.arrays.empty!), "empty").shape, [0, 3]);
		assert.deepEqual(readNpy(bytes(reference.arrays["one axis"]!), "one").shape, [3]);
	});

	it("refuses objects, text, complex numbers and records by name, and unpickles nothing", () => {
		const said = {
			objects: /pickle, which is never executed/,
			text: /text/,
			complex: /complex/,
			records: /named fields/,
		};
		for (const [name, pattern] of Object.entries(said)) {
			assert.throws(
				() => readNpy(bytes(reference.refused[name]!), name),
				(error) => error instanceof UnsupportedError && pattern.test(error.message),
			);
		}
	});

	it("says at which byte a file is damaged, wherever it is cut", () => {
		const whole = bytes(reference.arrays["<f4 C"]!);
		for (let length = 0; length < whole.length; length++) {
			assert.throws(
				() => readNpy(whole.subarray(0, length), "x.npy"),
				(error) => error instanceof UnreadableFileError && /^x\.npy, byte \d+$/.test(error.where ?? ""),
				`${length} bytes`,
			);
		}
	});

	it("writes what it reads", () => {
		const tensor = float32([2, 3], [1, 2.5, -3, 0, 1e-30, Number.NaN]);
		const file = writeNpy(tensor);
		assert.ok(isNpy(file));
		assert.deepEqual(tensorOf(readNpy(file, "x"), "x"), tensor);
		// numpy.save of the same array begins with exactly these bytes.
		assert.equal(
			Buffer.from(file.subarray(0, 128)).toString("latin1"),
			`\x93NUMPY\x01\0v\0{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }${" ".repeat(58)}\n`.padEnd(128),
		);
	});

	it("refuses integers that a model cannot take", () => {
		const large = { dtype: "int64", shape: [1], data: BigInt64Array.of(2n ** 40n) };
		assert.throws(() => tensorOf(large, "x"), /does not fit the 32-bit integers/);
	});
});

describe("archives of NumPy arrays", () => {
	for (const name of ["stored", "deflated"]) {
		it(`reads a ${name} archive`, () => {
			const arrays = readNpz(bytes(reference.archives[name]!), name);
			assert.deepEqual([...arrays.keys()], ["x", "y"]);
			assert.deepEqual(arrays.get("x")!.shape, [3, 4]);
			assert.deepEqual(arrays.get("y")!.data, BigInt64Array.of(1n, 2n));
		});

		it(`reads a damaged ${name} archive rightly or not at all`, () => {
			const whole = bytes(reference.archives[name]!);
			const right = readNpz(whole, name);
			for (let at = 0; at < whole.length; at++) {
				const damaged = whole.slice();
				damaged[at]! ^= 0x55;
				try {
					for (const [key, array] of readNpz(damaged, name))
						if (right.has(key)) assert.deepEqual(array, right.get(key), `byte ${at}`);
				} catch (error) {
					assert.ok(error instanceof LaminaError, `byte ${at}: ${error}`);
				}
			}
			for (let length = 0; length < whole.length; length++)
				assert.throws(() => readNpz(whole.subarray(0, length), name), LaminaError);
		});
	}

	it("unpacks only what is wanted", () => {
		const file = bytes(reference.archives.stored!);
		assert.deepEqual(listNpz(file, "x"), ["x", "y"]);
		assert.deepEqual([...readNpz(file, "x", ["y"]).keys()], ["y"]);
	});

	it("writes arrays and texts, the same bytes for the same content", () => {
		const entries = { map: float32([2], [1, 2]), provenance: `{"unit": "Größe"}` };
		const file = writeNpz(entries);
		assert.deepEqual(writeNpz(entries), file);
		assert.deepEqual(readNpz(file, "x", ["map"]).get("map")!.data, Float32Array.of(1, 2));
		assert.deepEqual(listNpz(file, "x"), ["map", "provenance"]);
	});
});
