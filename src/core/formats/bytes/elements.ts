import { UnsupportedError } from "../../../shared/errors";
import type { Tensor } from "../../../shared/tensor";

/** Element types of stored weights, by NumPy's names. */
export type StoredType =
	| "float16"
	| "bfloat16"
	| "float32"
	| "float64"
	| "int8"
	| "uint8"
	| "int16"
	| "uint16"
	| "int32"
	| "uint32"
	| "int64"
	| "uint64"
	| "bool";

const SIZES: Readonly<Record<StoredType, number>> = {
	float16: 2,
	bfloat16: 2,
	float32: 4,
	float64: 8,
	int8: 1,
	uint8: 1,
	int16: 2,
	uint16: 2,
	int32: 4,
	uint32: 4,
	int64: 8,
	uint64: 8,
	bool: 1,
};

export function isStoredType(name: string): name is StoredType {
	return Object.hasOwn(SIZES, name);
}

/** Bytes of one element. */
export function sizeOfType(type: StoredType): number {
	return SIZES[type];
}

/** What a stored type is computed in: floating point as float32, integers and bool as int32. */
export function computedType(type: StoredType): "float32" | "int32" {
	return type.includes("float") ? "float32" : "int32";
}

/**
 * Stored bytes as a tensor of float32 or int32. float64 is rounded; integers that int32 cannot hold are refused.
 * @param bytes exactly the elements of the shape
 * @throws UnsupportedError for integers out of range
 */
export function decodeElements(
	bytes: Uint8Array,
	type: StoredType,
	shape: readonly number[],
	where: string,
	bigEndian = false,
): Tensor {
	const data = bigEndian ? swapped(bytes, SIZES[type]) : aligned(bytes, SIZES[type]);
	const { buffer, byteOffset } = data;
	const count = data.length / SIZES[type];
	switch (type) {
		case "float32":
			return { dtype: "float32", shape, data: new Float32Array(buffer, byteOffset, count) };
		case "float64":
			return { dtype: "float32", shape, data: Float32Array.from(new Float64Array(buffer, byteOffset, count)) };
		case "float16":
			return { dtype: "float32", shape, data: halves(new Uint16Array(buffer, byteOffset, count)) };
		case "bfloat16": {
			// bfloat16 is the upper half of a float32.
			const widened = Uint32Array.from(new Uint16Array(buffer, byteOffset, count), (bits) => bits << 16);
			return { dtype: "float32", shape, data: new Float32Array(widened.buffer) };
		}
		case "int32":
			return { dtype: "int32", shape, data: new Int32Array(buffer, byteOffset, count) };
		case "int64":
			return { dtype: "int32", shape, data: narrowed(new BigInt64Array(buffer, byteOffset, count), where) };
		case "uint64":
			return { dtype: "int32", shape, data: narrowed(new BigUint64Array(buffer, byteOffset, count), where) };
		case "uint32":
			return { dtype: "int32", shape, data: narrowed(new Uint32Array(buffer, byteOffset, count), where) };
		case "int8":
			return { dtype: "int32", shape, data: Int32Array.from(new Int8Array(buffer, byteOffset, count)) };
		case "uint8":
			return { dtype: "int32", shape, data: Int32Array.from(data) };
		case "bool":
			return { dtype: "int32", shape, data: Int32Array.from(data, (byte) => (byte === 0 ? 0 : 1)) };
		case "int16":
			return { dtype: "int32", shape, data: Int32Array.from(new Int16Array(buffer, byteOffset, count)) };
		case "uint16":
			return { dtype: "int32", shape, data: Int32Array.from(new Uint16Array(buffer, byteOffset, count)) };
	}
}

/** Typed arrays must begin at a multiple of their element size. */
function aligned(bytes: Uint8Array, size: number): Uint8Array {
	return bytes.byteOffset % size === 0 ? bytes : Uint8Array.from(bytes);
}

function swapped(bytes: Uint8Array, size: number): Uint8Array {
	const result = new Uint8Array(bytes.length);
	for (let i = 0; i < bytes.length; i += size)
		for (let k = 0; k < size; k++) result[i + k] = bytes[i + size - 1 - k] as number;
	return result;
}

function narrowed(values: BigInt64Array | BigUint64Array | Uint32Array, where: string): Int32Array {
	const result = new Int32Array(values.length);
	for (let i = 0; i < values.length; i++) {
		const value = Number(values[i]);
		if (value > 0x7fffffff || value < -0x80000000) {
			throw new UnsupportedError(
				`The integer ${values[i]} is outside of int32, in which integers are computed.`,
				where,
			);
		}
		result[i] = value;
	}
	return result;
}

let halfTable: Float32Array | undefined;

/** IEEE 754 half precision to single, by a table of all 65,536 values. */
function halves(bits: Uint16Array): Float32Array {
	halfTable ??= Float32Array.from({ length: 65536 }, (_, half) => {
		const sign = half & 0x8000 ? -1 : 1;
		const exponent = (half >> 10) & 0x1f;
		const fraction = half & 0x3ff;
		if (exponent === 0) return sign * fraction * 2 ** -24;
		if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
		return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
	});
	const table = halfTable;
	const result = new Float32Array(bits.length);
	for (let i = 0; i < bits.length; i++) result[i] = table[bits[i] as number] as number;
	return result;
}
