/**
 * NumPy's array file format (NEP 1; numpy/lib/format.py 2.4): versions 1, 2 and 3, every numeric dtype in both byte
 * orders, C and Fortran order. Nothing is unpickled.
 */
import { InvalidRequestError, UnreadableFileError, UnsupportedError } from "../../shared/errors";
import { sizeOf, type Tensor } from "../../shared/tensor";
import { float16ToNumber } from "./numbers/float16";

/** An array as the file holds it: any numeric dtype, in C order, in this machine's byte order. */
export interface NumericArray {
	/** NumPy's name: `float32`, `uint8`, `bool` ... */
	readonly dtype: string;
	readonly shape: readonly number[];
	readonly data: Float32Array | Float64Array | IntegerArray | BigInt64Array | BigUint64Array;
}

type IntegerArray = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array;

interface ElementType {
	readonly name: string;
	readonly bytes: number;
	/** Reads every element, `swap` telling that the file has the other byte order. */
	read(view: DataView, count: number, littleEndian: boolean): NumericArray["data"];
}

function reader<T extends NumericArray["data"]>(
	make: (count: number) => T,
	bytes: number,
	get: (view: DataView, offset: number, littleEndian: boolean) => T[number],
): ElementType["read"] {
	return (view, count, littleEndian) => {
		const data = make(count);
		for (let i = 0; i < count; i++) data[i] = get(view, i * bytes, littleEndian);
		return data;
	};
}

const element = (name: string, bytes: number, read: ElementType["read"]): ElementType => ({ name, bytes, read });

/** By kind and size, as in `<f4`. */
const ELEMENTS: Readonly<Record<string, ElementType>> = {
	b1: element(
		"bool",
		1,
		reader(
			(n) => new Uint8Array(n),
			1,
			(view, at) => (view.getUint8(at) ? 1 : 0),
		),
	),
	i1: element(
		"int8",
		1,
		reader(
			(n) => new Int8Array(n),
			1,
			(view, at) => view.getInt8(at),
		),
	),
	u1: element(
		"uint8",
		1,
		reader(
			(n) => new Uint8Array(n),
			1,
			(view, at) => view.getUint8(at),
		),
	),
	i2: element(
		"int16",
		2,
		reader(
			(n) => new Int16Array(n),
			2,
			(view, at, little) => view.getInt16(at, little),
		),
	),
	u2: element(
		"uint16",
		2,
		reader(
			(n) => new Uint16Array(n),
			2,
			(view, at, little) => view.getUint16(at, little),
		),
	),
	i4: element(
		"int32",
		4,
		reader(
			(n) => new Int32Array(n),
			4,
			(view, at, little) => view.getInt32(at, little),
		),
	),
	u4: element(
		"uint32",
		4,
		reader(
			(n) => new Uint32Array(n),
			4,
			(view, at, little) => view.getUint32(at, little),
		),
	),
	i8: element(
		"int64",
		8,
		reader(
			(n) => new BigInt64Array(n),
			8,
			(view, at, little) => view.getBigInt64(at, little),
		),
	),
	u8: element(
		"uint64",
		8,
		reader(
			(n) => new BigUint64Array(n),
			8,
			(view, at, little) => view.getBigUint64(at, little),
		),
	),
	f2: element(
		"float16",
		2,
		reader(
			(n) => new Float32Array(n),
			2,
			(view, at, little) => float16ToNumber(view.getUint16(at, little)),
		),
	),
	f4: element(
		"float32",
		4,
		reader(
			(n) => new Float32Array(n),
			4,
			(view, at, little) => view.getFloat32(at, little),
		),
	),
	f8: element(
		"float64",
		8,
		reader(
			(n) => new Float64Array(n),
			8,
			(view, at, little) => view.getFloat64(at, little),
		),
	),
};

const NAMES_OF_OTHER_KINDS: Readonly<Record<string, string>> = {
	O: "Python objects (a pickle, which is never executed)",
	U: "text",
	S: "byte strings",
	V: "raw records",
	c: "complex numbers",
	M: "dates",
	m: "time spans",
};

interface Header {
	readonly element: ElementType;
	readonly littleEndian: boolean;
	readonly fortranOrder: boolean;
	readonly shape: readonly number[];
	readonly dataOffset: number;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** Whether the bytes begin as an `.npy` file does. */
export function isNpy(bytes: Uint8Array): boolean {
	return MAGIC.every((byte, i) => bytes[i] === byte);
}

/**
 * Reads an `.npy` file.
 * @param where name of the file, for errors
 * @throws UnreadableFileError with the byte offset; UnsupportedError for a dtype that is not numeric
 */
export function readNpy(bytes: Uint8Array, where: string): NumericArray {
	const header = readHeader(bytes, where);
	const { element, shape, dataOffset } = header;
	const count = sizeOf(shape);
	const need = count * element.bytes;
	const have = bytes.byteLength - dataOffset;
	if (have < need) {
		throw new UnreadableFileError(
			`The array is cut off: shape [${shape.join(", ")}] of ${element.name} needs ${need} bytes, the file has ${have} left.`,
			`${where}, byte ${bytes.byteLength}`,
			"Save the array again with numpy.save.",
		);
	}
	const view = new DataView(bytes.buffer, bytes.byteOffset + dataOffset, need);
	const stored = element.read(view, count, header.littleEndian);
	const data = header.fortranOrder && shape.length > 1 ? toCOrder(stored, shape) : stored;
	return { dtype: element.name, shape, data };
}

function readHeader(bytes: Uint8Array, where: string): Header {
	if (!isNpy(bytes)) {
		throw new UnreadableFileError("Not a NumPy file: it does not begin with \\x93NUMPY.", `${where}, byte 0`);
	}
	const major = bytes[6] ?? 0;
	const start = major === 1 ? 10 : 12;
	if (major < 1 || major > 3 || bytes.byteLength < start) {
		throw new UnreadableFileError(
			major < 1 || major > 3 ? `NumPy format version ${major} is not known; 1, 2 and 3 are.` : "The header is cut off.",
			`${where}, byte 6`,
		);
	}
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
	if (start + length > bytes.byteLength) {
		throw new UnreadableFileError(
			`The header is cut off: ${length} bytes announced, ${bytes.byteLength - start} there.`,
			`${where}, byte ${start}`,
		);
	}
	const text = new TextDecoder(major === 3 ? "utf-8" : "latin1").decode(bytes.subarray(start, start + length));
	return { ...parseDictionary(text, where, start), dataOffset: start + length };
}

/** The header is a Python literal: `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`. */
function parseDictionary(text: string, where: string, start: number): Omit<Header, "dataOffset"> {
	const at = `${where}, byte ${start}`;
	const order = /['"]fortran_order['"]\s*:\s*(True|False)/.exec(text);
	const shape = /['"]shape['"]\s*:\s*\(([^)]*)\)/.exec(text);
	const descr = /['"]descr['"]\s*:\s*(?:['"]([^'"]*)['"]|(\[))/.exec(text);
	if (!order || !shape || !descr) {
		throw new UnreadableFileError(
			`The header is not a NumPy header: expected 'descr', 'fortran_order' and 'shape', found ${JSON.stringify(text.slice(0, 80))}.`,
			at,
		);
	}
	const extents = shape[1]!.split(",").map((part) => part.trim().replace(/L$/, ""));
	if (extents.at(-1) === "") extents.pop();
	if (!extents.every((part) => /^\d+$/.test(part) && Number.isSafeInteger(Number(part)))) {
		throw new UnreadableFileError(`The shape (${shape[1]}) is not a tuple of extents.`, at);
	}
	if (descr[2]) {
		throw new UnsupportedError(
			"The array is structured (named fields); a plain numeric array is expected.",
			at,
			"Save one field: numpy.save(file, array['field']).",
		);
	}
	const kind = /^([<>=|]?)([a-zA-Z])(\d*)/.exec(descr[1]!);
	const found = kind && ELEMENTS[`${kind[2]}${kind[3]}`];
	if (!kind || !found) {
		const what = NAMES_OF_OTHER_KINDS[kind?.[2] ?? ""] ?? `dtype ${JSON.stringify(descr[1])}`;
		throw new UnsupportedError(
			`The array holds ${what}; numbers or booleans are expected.`,
			at,
			"Save it with astype('float32').",
		);
	}
	return {
		element: found,
		littleEndian: kind[1] !== ">",
		fortranOrder: order[1] === "True",
		shape: extents.map(Number),
	};
}

/** First index fastest, to last index fastest. */
function toCOrder<T extends NumericArray["data"]>(data: T, shape: readonly number[]): T {
	const ordered = data.slice() as T;
	const strides = shape.map((_, axis) => sizeOf(shape.slice(0, axis)));
	const index = shape.map(() => 0);
	let from = 0;
	for (let to = 0; to < ordered.length; to++) {
		ordered[to] = data[from]!;
		for (let axis = shape.length - 1; axis >= 0; axis--) {
			from += strides[axis]!;
			if (++index[axis]! < shape[axis]!) break;
			from -= strides[axis]! * shape[axis]!;
			index[axis] = 0;
		}
	}
	return ordered;
}

/** A quarter of the range of int64 from its ends. */
const END = 2 ** 62;

/**
 * The array as a tensor: floating point becomes float32, integers int32, bool stays.
 * @throws InvalidRequestError when an integer does not fit 32 bits
 */
export function tensorOf(array: NumericArray, where: string): Tensor {
	const { data, shape, dtype } = array;
	if (dtype === "bool") return { dtype: "bool", shape, data: data as Uint8Array };
	if (data instanceof Float32Array) return { dtype: "float32", shape, data };
	if (data instanceof Float64Array) return { dtype: "float32", shape, data: Float32Array.from(data) };
	if (data instanceof Int32Array) return { dtype: "int32", shape, data };
	const values = new Int32Array(data.length);
	for (let i = 0; i < data.length; i++) {
		// Numbers near the ends of int64 say "to the end", as bounds of a slice do.
		const value = Math.abs(Number(data[i]!)) >= END ? Math.sign(Number(data[i]!)) * (2 ** 31 - 1) : Number(data[i]!);
		if (value !== (value | 0)) {
			throw new InvalidRequestError(
				`Element ${i} is ${data[i]}, which does not fit the 32-bit integers that a model takes.`,
				where,
			);
		}
		values[i] = value;
	}
	return { dtype: "int32", shape, data: values };
}

const DESCRIPTIONS = { float32: "<f4", int32: "<i4", bool: "|b1" } as const;

/** The tensor as an `.npy` file: version 1.0, C order, little-endian. */
export function writeNpy(tensor: Tensor): Uint8Array {
	const shape = tensor.shape.length === 1 ? `${tensor.shape[0]},` : tensor.shape.join(", ");
	const dictionary = `{'descr': '${DESCRIPTIONS[tensor.dtype]}', 'fortran_order': False, 'shape': (${shape}), }`;
	return npyFile(dictionary, tensor.data);
}

/** A text as an array of shape () and dtype `<U`: what `numpy.load` gives back as a string with `.item()`. */
export function writeNpyText(text: string): Uint8Array {
	const points = Uint32Array.from(text, (character) => character.codePointAt(0)!);
	return npyFile(
		`{'descr': '<U${Math.max(1, points.length)}', 'fortran_order': False, 'shape': (), }`,
		points.length > 0 ? points : new Uint32Array(1),
	);
}

function npyFile(dictionary: string, data: ArrayBufferView): Uint8Array {
	// The data begins on a multiple of 64 bytes, so that it can be mapped.
	const length = Math.ceil((10 + dictionary.length + 1) / 64) * 64 - 10;
	const file = new Uint8Array(10 + length + data.byteLength);
	file.set(MAGIC);
	file[6] = 1;
	new DataView(file.buffer).setUint16(8, length, true);
	file.set(new TextEncoder().encode(`${dictionary.padEnd(length - 1)}\n`), 10);
	file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 10 + length);
	return file;
}
