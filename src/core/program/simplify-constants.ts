import { type DType, sizeOf } from "../../shared/tensor";
import type { Builder } from "./builder";
import type { Instruction, Value } from "./types";
import { constant } from "./vocabulary";

/** Constants are part of the program, so only small ones are made. */
const MOST_ELEMENTS = 256;

const UNARY: Readonly<Record<string, (x: number) => number>> = {
	neg: (x) => -x,
	abs: Math.abs,
	sqrt: Math.sqrt,
	rsqrt: (x) => 1 / Math.sqrt(x),
	square: (x) => x * x,
	reciprocal: (x) => 1 / x,
	exp: Math.exp,
	log: Math.log,
	relu: (x) => (x <= 0 ? 0 : x),
};

const BINARY: Readonly<Record<string, (x: number, y: number) => number>> = {
	add: (x, y) => x + y,
	sub: (x, y) => x - y,
	mul: (x, y) => x * y,
	div: (x, y) => x / y,
	maximum: Math.max,
	minimum: Math.min,
};

/** The result of a float32 instruction over constants, when it is small and its function is one of the plain ones. */
export function foldConstant(b: Builder, { op, type }: Instruction, inputs: readonly Value[]): Value | undefined {
	if (inputs.length === 0 || type.dtype !== "float32" || type.shape.some((dim) => dim < 0)) return undefined;
	const size = sizeOf(type.shape);
	if (size === 0 || size > MOST_ELEMENTS) return undefined;
	const operands = inputs.map((input) => b.instruction(input));
	if (!operands.every((operand) => operand.op === "constant")) return undefined;
	const data = operands.map(({ attributes }) => attributes.data as Float32Array);
	const values = (f: (at: number) => number) =>
		constant(
			b,
			Float32Array.from({ length: size }, (_, at) => f(at)),
			type.shape,
			type.dtype as DType,
		);

	if (op === "reshape") return values((at) => data[0]?.[at] as number);
	if (op === "broadcastTo" && data[0]?.length === 1) return values(() => data[0]?.[0] as number);
	const unary = UNARY[op];
	if (unary) return values((at) => unary(data[0]?.[at] as number));
	const binary = BINARY[op];
	// Operands that repeat in other ways than a scalar are left to the engine.
	if (!binary || !data.every((operand) => operand.length === 1 || operand.length === size)) return undefined;
	const [x, y] = data as [Float32Array, Float32Array];
	return values((at) => binary(x[x.length === 1 ? 0 : at] as number, y[y.length === 1 ? 0 : at] as number));
}
