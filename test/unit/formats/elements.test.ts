import assert from "node:assert/strict";
import { decodeElements, type StoredType } from "../../../src/core/formats/bytes/elements";
import { UnsupportedError } from "../../../src/shared/errors";

const bytes = (array: ArrayBufferView) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

describe("stored elements", () => {
	it("widens half precision exactly, denormals and infinities included", () => {
		const halves = Uint16Array.of(0x0000, 0x8000, 0x0001, 0x03ff, 0x0400, 0x3c00, 0x7bff, 0x7c00, 0xfc00);
		const { data } = decodeElements(bytes(halves), "float16", [9], "");
		assert.deepEqual(Array.from(data), [
			0,
			-0,
			2 ** -24,
			1023 * 2 ** -24,
			2 ** -14,
			1,
			65504,
			Number.POSITIVE_INFINITY,
			Number.NEGATIVE_INFINITY,
		]);
		assert.ok(Number.isNaN(decodeElements(bytes(Uint16Array.of(0x7e00)), "float16", [1], "").data[0]));
	});

	it("takes bfloat16 as the upper half of a float32", () => {
		const source = Float32Array.of(1, -2.5, 3e38);
		const upper = Uint16Array.from(new Uint32Array(source.buffer), (bits) => bits >>> 16);
		const { data } = decodeElements(bytes(upper), "bfloat16", [3], "");
		assert.deepEqual(Array.from(data.subarray(0, 2)), [1, -2.5]);
		assert.ok(Math.abs((data[2] as number) / 3e38 - 1) < 2 ** -8, "bfloat16 has eight bits of precision");
	});

	const integers: [StoredType, ArrayBufferView, number[]][] = [
		["int64", BigInt64Array.of(-5n, 2147483647n), [-5, 2147483647]],
		["uint8", Uint8Array.of(0, 255), [0, 255]],
		["int8", Int8Array.of(-128, 127), [-128, 127]],
		["uint16", Uint16Array.of(65535), [65535]],
		["bool", Uint8Array.of(0, 1, 2), [0, 1, 1]],
	];
	for (const [type, array, expected] of integers) {
		it(`reads ${type} as int32`, () => {
			const tensor = decodeElements(bytes(array), type, [expected.length], "");
			assert.equal(tensor.dtype, "int32");
			assert.deepEqual(Array.from(tensor.data), expected);
		});
	}

	it("refuses integers that int32 cannot hold rather than wrap them around", () => {
		assert.throws(() => decodeElements(bytes(BigInt64Array.of(2147483648n)), "int64", [1], "w"), UnsupportedError);
		assert.throws(() => decodeElements(bytes(Uint32Array.of(4294967295)), "uint32", [1], "w"), UnsupportedError);
	});

	it("turns big-endian bytes around, from any position in a buffer", () => {
		const view = new DataView(new ArrayBuffer(17));
		view.setFloat64(1, 1.25);
		view.setFloat64(9, -8);
		const { data } = decodeElements(new Uint8Array(view.buffer, 1), "float64", [2], "", true);
		assert.deepEqual(Array.from(data), [1.25, -8]);
	});
});
