import { UnsupportedError } from "../../../shared/errors";
import type { Cursor } from "./cursor";
import { UNDEFINED } from "./cursor";

/** Element type of a dataset or an attribute, as far as models use them. */
export type Datatype =
	| { kind: "integer"; size: number; signed: boolean; bigEndian: boolean }
	| { kind: "float"; size: number; bigEndian: boolean; format: FloatFormat }
	| { kind: "string"; size: number }
	| { kind: "vlen-string"; size: number }
	| { kind: "opaque"; size: number }
	/** Something a model's weights are never made of. */
	| { kind: "other"; size: number; name: string };

export type FloatFormat = "float16" | "bfloat16" | "float32" | "float64";

const CLASS_NAMES = [
	"integer",
	"float",
	"time",
	"string",
	"bit field",
	"opaque",
	"compound",
	"reference",
	"enumeration",
	"variable-length",
	"array",
];

/** Datatype message (HDF5 file format specification 3.0, section IV.A.2.d). */
export function readDatatype(cursor: Cursor): Datatype {
	const classAndVersion = cursor.u8();
	const bits = cursor.u8() | (cursor.u8() << 8) | (cursor.u8() << 16);
	const size = cursor.u32();
	const kind = classAndVersion & 0x0f;
	switch (kind) {
		case 0:
			return { kind: "integer", size, signed: (bits & 8) !== 0, bigEndian: (bits & 1) !== 0 };
		case 1: {
			cursor.skip(5);
			const exponentBits = cursor.u8();
			const format = floatFormat(size, exponentBits);
			return format
				? { kind: "float", size, bigEndian: (bits & 1) !== 0, format }
				: { kind: "other", size, name: `float of ${size} bytes` };
		}
		case 3:
			return { kind: "string", size };
		case 5:
			return { kind: "opaque", size };
		case 8: {
			// h5py writes bool as an enumeration over int8.
			const base = readDatatype(cursor);
			return base.kind === "integer" ? base : { kind: "other", size, name: "enumeration" };
		}
		case 9:
			return (bits & 0x0f) === 1 ? { kind: "vlen-string", size } : { kind: "other", size, name: "variable-length" };
		default:
			return { kind: "other", size, name: CLASS_NAMES[kind] ?? `class ${kind}` };
	}
}

function floatFormat(size: number, exponentBits: number): FloatFormat | undefined {
	if (size === 2) return exponentBits === 5 ? "float16" : exponentBits === 8 ? "bfloat16" : undefined;
	if (size === 4 && exponentBits === 8) return "float32";
	if (size === 8 && exponentBits === 11) return "float64";
	return undefined;
}

/** NumPy's name of a type. */
export function datatypeName(type: Datatype): string {
	switch (type.kind) {
		case "integer":
			return `${type.signed ? "" : "u"}int${type.size * 8}`;
		case "float":
			return type.format;
		case "string":
		case "vlen-string":
			return "string";
		case "opaque":
			return `opaque${type.size * 8}`;
		case "other":
			return type.name;
	}
}

const MAX_RANK = 32;

/** Dataspace message: extents, `[]` for a scalar, `undefined` for a null dataspace (no elements at all). */
export function readDataspace(cursor: Cursor): number[] | undefined {
	const version = cursor.u8();
	const rank = cursor.u8();
	cursor.skip(1);
	if (version === 1) cursor.skip(5);
	else if (version === 2) {
		if (cursor.u8() === 2) return undefined;
	} else throw cursor.storage.damaged(`a dataspace of version ${version}`, cursor.address);
	if (rank > MAX_RANK) throw cursor.storage.damaged(`a dataspace of ${rank} dimensions`, cursor.address);
	const shape: number[] = [];
	for (let axis = 0; axis < rank; axis++) {
		const extent = cursor.length();
		if (extent === UNDEFINED) throw cursor.storage.damaged("an extent without limit", cursor.address);
		shape.push(extent);
	}
	return shape;
}

/** Bytes of all elements. @throws UnsupportedError when no computer could hold them */
export function byteLength(shape: readonly number[], type: Datatype, where: string): number {
	let bytes = type.size;
	for (const extent of shape) bytes *= extent;
	if (!Number.isSafeInteger(bytes))
		throw new UnsupportedError(`A tensor of shape [${shape.join(", ")}] is larger than any file.`, where);
	return bytes;
}
