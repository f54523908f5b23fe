import { sizeOf } from "../../../shared/tensor";
import type { Builder } from "../builder";
import type { Instruction, Value } from "../types";
import { constant, full } from "../vocabulary";

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

/** Ops whose result holds nothing but what the operand holds. */
const MOVES = new Set(["reshape", "transpose", "broadcastTo", "slice", "stridedSlice", "tile", "reverse"]);

/**
 * The result of a float32 instruction over constants, when its function is one of the plain ones: small tables, and
 * shapes of any size (a free batch too) that are full of one number.
 */
export function foldConstant(b: Builder, instruction: Instruction, inputs: readonly Value[]): Value | undefined {
	if (inputs.length === 0 || instruction.type.dtype !== "float32") return undefined;
	return foldUniform(b, instruction, inputs) ?? foldTable(b, instruction, inputs);
}

/** The one number that a value is full of. */
export function uniformNumber(b: Builder, value: Value): number | undefined {
	const { op, attributes, inputs } = b.instruction(value);
	if (op === "broadcastTo") return uniformNumber(b, b.value(inputs[0] as number));
	if (op !== "constant") return undefined;
	const data = attributes.data as Float32Array;
	return data.length > 0 && data.every((item) => item === data[0]) ? data[0] : undefined;
}

function foldUniform(b: Builder, { op, type }: Instruction, inputs: readonly Value[]): Value | undefined {
	const numbers = inputs.map((input) => uniformNumber(b, input));
	const [x, y] = numbers;
	if (x === undefined || numbers.includes(undefined)) return undefined;
	// A repeated scalar is as simple as can be.
	if (op === "broadcastTo" && inputs[0]?.shape.length === 0) return undefined;
	if (MOVES.has(op)) return full(b, type.shape, x);
	const unary = UNARY[op];
	if (unary) return full(b, type.shape, unary(x));
	const binary = BINARY[op];
	return binary && y !== undefined ? full(b, type.shape, binary(x, y)) : undefined;
}

function foldTable(b: Builder, { op, type }: Instruction, inputs: readonly Value[]): Value | undefined {
	if (type.shape.some((dim) => dim < 0)) return undefined;
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
			type.dtype,
		);

	if (op === "reshape") return values((at) => data[0]?.[at] as number);
	const unary = UNARY[op];
	if (unary) return values((at) => unary(data[0]?.[at] as number));
	const binary = BINARY[op];
	// Operands that repeat in other ways than a scalar are left to the engine.
	if (!binary || !data.every((operand) => operand.length === 1 || operand.length === size)) return undefined;
	const [x, y] = data as [Float32Array, Float32Array];
	return values((at) => binary(x[x.length === 1 ? 0 : at] as number, y[y.length === 1 ? 0 : at] as number));
}
