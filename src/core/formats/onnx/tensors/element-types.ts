import type { DType } from "../../../../shared/tensor";
import type { StoredType } from "../../bytes/elements";

/** Element types by their number in `TensorProto.DataType`, as NumPy calls them. */
const NAMES: Readonly<Record<number, string>> = {
	1: "float32",
	2: "uint8",
	3: "int8",
	4: "uint16",
	5: "int16",
	6: "int32",
	7: "int64",
	8: "string",
	9: "bool",
	10: "float16",
	11: "float64",
	12: "uint32",
	13: "uint64",
	14: "complex64",
	15: "complex128",
	16: "bfloat16",
	17: "float8e4m3fn",
	18: "float8e4m3fnuz",
	19: "float8e5m2",
	20: "float8e5m2fnuz",
	21: "uint4",
	22: "int4",
	23: "float4e2m1",
	24: "float8e8m0",
	25: "uint2",
	26: "int2",
};

export const elementTypeName = (number: number | undefined): string =>
	number === undefined || number === 0 ? "undefined" : (NAMES[number] ?? `type ${number}`);

/**
 * What a type is computed in: reals as float32, integers as int32 (what lies outside is refused when it is read), bool
 * as bool. `undefined` for types that are not computed.
 */
export function computedIn(name: string): DType | undefined {
	if (name === "bool") return "bool";
	if (/^(float(16|32|64)|bfloat16)$/.test(name)) return "float32";
	return /^u?int(8|16|32|64)$/.test(name) ? "int32" : undefined;
}

export const isInteger = (name: string): boolean => /^u?int/.test(name);
export const isFloat = (name: string): boolean => /^b?float/.test(name);

/** Lowest and highest number of an integer type; those of 64 bits as int32, in which they are computed. */
export function integerRange(name: string): readonly [number, number] {
	const bits = Math.min(32, Number(/\d+$/.exec(name)?.[0] ?? 32));
	return name.startsWith("u") && bits < 32
		? [0, 2 ** bits - 1]
		: name.startsWith("u")
			? [0, 2 ** 31 - 1]
			: [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
}

export type { StoredType };
