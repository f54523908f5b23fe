import { UnreadableFileError, UnsupportedError } from "../../../../shared/errors";
import { sizeOf, type Tensor } from "../../../../shared/tensor";
import type { ByteSource } from "../../bytes/byte-source";
import { decodeElements, isStoredType, type StoredType, sizeOfType } from "../../bytes/elements";
import { fileIdentity } from "../../weight-file";
import { decode, type TensorMessage } from "../proto/schema";
import { fieldsOf, type Span } from "../proto/wire";
import { elementTypeName } from "./element-types";
import { externalBytes } from "./external-data";
import type { TensorSource } from "./tensor-source";

/** Fields of a TensorProto that hold elements. */
const RAW_DATA = 9;
const ELEMENTS = new Set([4, 5, 6, 7, RAW_DATA, 10, 11]);
/** `data_location` of elements in another file. */
const EXTERNAL = 1;

/**
 * A tensor of a file. Only what describes it is read; its elements are read where they lie when they are asked for.
 * @throws UnreadableFileError
 */
export function tensorFromFile(source: ByteSource, span: Span): TensorSource {
	const described: Uint8Array[] = [];
	let raw: Span | undefined;
	for (const { id, start, end, bytes } of fieldsOf(source, span)) {
		if (!ELEMENTS.has(id)) described.push(Uint8Array.from(source.read(start, end - start)));
		else if (id === RAW_DATA) raw = bytes;
	}
	const header = decodeTensor(Buffer.concat(described), source.where);
	const place = `${source.where}, byte ${span.offset}`;
	const identity = `${fileIdentity(source.where)}\n${span.offset}\n${span.length}`;
	return tensor(header, place, identity, source.where, () => {
		if (raw) return { rawData: source.read(raw.offset, raw.length) };
		return decodeTensor(source.read(span.offset, span.length), place);
	});
}

/** A tensor that was decoded already, such as that of an attribute. */
export function tensorFromMessage(message: TensorMessage, where: string, identity = ""): TensorSource {
	return tensor(message, where, identity, where, () => message);
}

function decodeTensor(bytes: Uint8Array, where: string): TensorMessage {
	try {
		return decode("TensorProto", bytes);
	} catch (cause) {
		throw new UnreadableFileError(`A tensor cannot be read: ${(cause as Error).message}.`, where);
	}
}

function tensor(
	header: TensorMessage,
	place: string,
	identity: string,
	modelFile: string,
	elements: () => TensorMessage,
): TensorSource {
	const name = header.name ?? "";
	const shape = [...(header.dims ?? [])];
	const where = `${place}, tensor "${name}"`;
	if (shape.some((extent) => !Number.isSafeInteger(extent) || extent < 0) || !Number.isSafeInteger(sizeOf(shape)))
		throw new UnreadableFileError(`The shape of a tensor, [${shape.join(", ")}], is none.`, where);
	const dtype = elementTypeName(header.dataType);
	return {
		name,
		shape,
		dtype,
		where,
		identity: `${identity}\n${name}`,
		read() {
			if (!isStoredType(dtype))
				throw new UnsupportedError(`The tensor "${name}" holds ${dtype}, which is not computed.`, where);
			const message = header.dataLocation === EXTERNAL ? header : elements();
			if (header.dataLocation === EXTERNAL) {
				const bytes = externalBytes(header.externalData ?? [], sizeOf(shape) * sizeOfType(dtype), modelFile, where);
				return asComputed(decodeElements(bytes, dtype, shape, where), dtype);
			}
			return asComputed(elementsOf(message, dtype, shape, where), dtype);
		},
	};
}

/** bool as bool; the reader of bytes gives integers. */
function asComputed(read: Tensor, dtype: StoredType): Tensor {
	return dtype === "bool" ? { dtype: "bool", shape: read.shape, data: Uint8Array.from(read.data) } : read;
}

function elementsOf(message: TensorMessage, dtype: StoredType, shape: readonly number[], where: string): Tensor {
	const count = sizeOf(shape);
	if (message.rawData && message.rawData.length > 0) {
		const bytes = message.rawData;
		const expected = count * sizeOfType(dtype);
		if (bytes.length !== expected) throw wrongCount(shape, expected, bytes.length, "bytes", where);
		return decodeElements(saturated(bytes, dtype), dtype, shape, where);
	}
	const { floatData = [], int32Data = [], int64Data = [], doubleData = [], uint64Data = [] } = message;
	const list = [floatData, doubleData, int64Data, uint64Data, int32Data].find(({ length }) => length > 0) ?? [];
	if (list.length !== count) throw wrongCount(shape, count, list.length, "values", where);
	if (dtype === "float32" || dtype === "float64") return { dtype: "float32", shape, data: Float32Array.from(list) };
	if (dtype === "float16" || dtype === "bfloat16") {
		// Halves are written as their 16 bits.
		return decodeElements(new Uint8Array(Uint16Array.from(list).buffer), dtype, shape, where);
	}
	const outside = list.find((value) => !fits(value));
	if (outside !== undefined)
		throw new UnsupportedError(`The integer ${outside} is outside of int32, in which integers are computed.`, where);
	return { dtype: "int32", shape, data: Int32Array.from(list, clamp) };
}

/**
 * Integers are computed as int32. Numbers within a quarter of the range of int64 from its ends stand for "to the end"
 * (of a slice, for instance) and become the ends of int32; others outside of int32 are refused.
 */
const END = 2 ** 62;
const fits = (value: number) => (value >= -(2 ** 31) && value < 2 ** 31) || Math.abs(value) >= END;
const clamp = (value: number) => Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, value));

function saturated(bytes: Uint8Array, dtype: StoredType): Uint8Array {
	if (dtype !== "int64") return bytes;
	const copy = Uint8Array.from(bytes);
	const values = new BigInt64Array(copy.buffer);
	for (const [at, value] of values.entries()) {
		if (value >= BigInt(END)) values[at] = 2n ** 31n - 1n;
		else if (value <= -BigInt(END)) values[at] = -(2n ** 31n);
	}
	return copy;
}

function wrongCount(shape: readonly number[], expected: number, found: number, what: string, where: string) {
	return new UnreadableFileError(
		`A tensor of shape [${shape.join(", ")}] needs ${expected} ${what}, but ${found} are there: the file is cut off or damaged.`,
		where,
		"Copy or download the file again.",
	);
}
