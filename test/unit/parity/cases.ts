import type { Attributes, Dim } from "../../../src/core/program/types";
import type { DType } from "../../../src/shared/tensor";

/** Where the values of an operand come from: numbers drawn evenly from a range, or these, repeated. */
export type Values = readonly [number, number] | { readonly list: readonly number[] };

export interface Operand {
	readonly shape: readonly Dim[];
	readonly dtype?: DType;
	readonly values?: Values;
	/** A weight of the model rather than an input: engines may prepare it once. */
	readonly isWeight?: boolean;
	/** The max pool of the first operand, so that it is a fitting output. */
	readonly isPooled?: boolean;
}

/** One call of a primitive, run with batches of 1 and 3 in every engine. */
export interface Case {
	readonly op: string;
	readonly operands: readonly Operand[];
	readonly attributes?: Attributes;
}

const N = -1;
export const float = (shape: readonly Dim[], values: Values = [-2, 2]): Operand => ({ shape, values });
export const weight = (shape: readonly number[], values: Values = [-1, 1]): Operand => ({
	shape,
	values,
	isWeight: true,
});
export const int = (shape: readonly Dim[], values: Values): Operand => ({ shape, values, dtype: "int32" });
export const bool = (shape: readonly Dim[]): Operand => ({
	shape,
	values: { list: [1, 0, 0, 1, 1, 0, 1] },
	dtype: "bool",
});

const INF = Number.POSITIVE_INFINITY;
/** What goes wrong in approximations: signed zeros, tiny, large, infinite, not a number, halves. */
const SPECIAL = {
	list: [
		0,
		-0,
		1e-6,
		-1e-6,
		0.5,
		-0.5,
		1.5,
		-1.5,
		2.5,
		-2.5,
		3.5,
		1,
		-1,
		10,
		-10,
		80,
		-80,
		1e4,
		-1e4,
		INF,
		-INF,
		Number.NaN,
	],
};
const POSITIVE = { list: [1e-6, 0.01, 0.5, 0.999, 1, 1.001, 2, 10, 1e4, 1e20, INF, 0, Number.NaN, -1] };

/** Arguments for which each function is defined, and those at its edges. */
const DOMAIN: Record<string, Values[]> = {
	log: [[0.1, 5], POSITIVE],
	log1p: [[-0.9, 3], { list: [0, 1e-6, -1e-6, 1e4, INF, -1, -2] }],
	sqrt: [[0, 9], POSITIVE],
	rsqrt: [[0.1, 9], POSITIVE],
	reciprocal: [[0.1, 5], { list: [0, -0, 1e-6, -4, INF, -INF, Number.NaN] }],
	square: [[-3, 3], { list: [0, 1e-6, 1e4, INF, -INF, Number.NaN] }],
	// Beyond a few thousand the reduction of the argument is no longer what is tested.
	sin: [[-10, 10], { list: [0, 1e-6, Math.PI, 100, -100, Number.NaN] }],
	cos: [[-10, 10], { list: [0, 1e-6, Math.PI / 2, 100, -100, Number.NaN] }],
	tan: [[-1.4, 1.4], { list: [0, 1e-6, 3, -3, Number.NaN] }],
	asin: [[-0.99, 0.99], { list: [0, 1e-6, 1, -1, 2, Number.NaN] }],
	acos: [[-0.99, 0.99], { list: [0, 1e-6, 1, -1, 2, Number.NaN] }],
	acosh: [[1.1, 9], { list: [1, 2, 1e4, 0, Number.NaN] }],
	atanh: [[-0.9, 0.9], { list: [0, 1e-6, 1, -1, 2, Number.NaN] }],
	asinh: [[-5, 5], { list: [0, 1e-6, -1e-6, 100, -100, 1e4, Number.NaN] }],
	sinh: [[-5, 5], { list: [0, 1e-6, -1e-6, 20, -20, INF, -INF, Number.NaN] }],
	cosh: [[-5, 5], { list: [0, 1e-6, 20, -20, INF, -INF, Number.NaN] }],
	exp: [[-5, 5], { list: [0, 1e-6, 80, -80, 1e4, -1e4, INF, -INF, Number.NaN] }],
	expm1: [[-5, 5], { list: [0, 1e-6, -1e-6, 80, -80, 1e4, -1e4, INF, -INF, Number.NaN] }],
};

const FLOAT_UNARY =
	"neg abs sign exp log log1p expm1 sqrt rsqrt square reciprocal sin cos tan asin acos atan sinh cosh asinh acosh atanh tanh sigmoid softplus erf relu selu floor ceil round isNaN isInfinite".split(
		" ",
	);

const UNARY: Case[] = [
	...FLOAT_UNARY.flatMap((op) =>
		(DOMAIN[op] ?? [[-4, 4], SPECIAL]).flatMap((values): Case[] => [{ op, operands: [float([N, 5, 7], values)] }]),
	),
	...["neg", "abs", "sign", "square"].map(
		(op): Case => ({ op, operands: [int([N, 6], { list: [0, 1, -1, 7, -300] })] }),
	),
	{ op: "relu", operands: [weight([3, 4])] },
	...[0.3, 1].flatMap((alpha) =>
		[[-4, 4] as const, SPECIAL].map(
			(values): Case => ({ op: "elu", operands: [float([N, 9], values)], attributes: { alpha } }),
		),
	),
	...[0.01, 0.3, 0].flatMap((alpha) =>
		[[-4, 4] as const, { list: [0, 1, -1, 1e4, -1e4, INF, Number.NaN] }].map(
			(values): Case => ({ op: "leakyRelu", operands: [float([N, 9], values)], attributes: { alpha } }),
		),
	),
	{ op: "logicalNot", operands: [bool([N, 5])] },
	{
		op: "cast",
		operands: [float([N, 8], { list: [0, 0.5, -0.5, 1.9, -1.9, 300, -300] })],
		attributes: { dtype: "int32" },
	},
	{ op: "cast", operands: [float([N, 8], { list: [0, -0, 0.5, -3] })], attributes: { dtype: "bool" } },
	{ op: "cast", operands: [int([N, 8], { list: [0, 5, -7, 16777216] })], attributes: { dtype: "float32" } },
	{ op: "cast", operands: [int([N, 8], { list: [0, 5, -7] })], attributes: { dtype: "bool" } },
	{ op: "cast", operands: [bool([N, 8])], attributes: { dtype: "float32" } },
	{ op: "cast", operands: [float([N, 8])], attributes: { dtype: "float32" } },
	{ op: "cast", operands: [bool([N, 8])], attributes: { dtype: "int32" } },
];

/** Pairs of shapes: equal, scalars, trailing, inner and outer repetition, weights, scalar times batch. */
const PAIRS: readonly (readonly [Operand, Operand])[] = [
	[float([N, 3, 4]), float([N, 3, 4])],
	[float([N, 3, 4]), weight([])],
	[weight([]), float([N, 3, 4])],
	[float([N, 3, 4]), weight([4])],
	[float([N, 3, 1]), float([N, 1, 4])],
	[weight([3, 1]), float([N, 3, 4])],
	[float([N, 1, 1, 2]), weight([5, 1, 1])],
	[float([1, 3]), float([N, 1])],
	[float([N, 2, 1, 3, 1, 2, 2]), weight([3, 4, 1, 2])],
];
const BOTH = { list: [1, 2, 2, -1, -2, 0, 3, -3, 0.5] };

const on = (op: string, pairs: readonly (readonly [Operand, Operand])[]): Case[] =>
	pairs.map((operands) => ({ op, operands }));
const nonzero = (operand: Operand): Operand => ({ ...operand, values: { list: [1.5, -2.25, 0.5, -0.75, 3.1] } });
const positive = (operand: Operand): Operand => ({ ...operand, values: [0.2, 3] });

const BINARY: Case[] = [
	...[
		"add",
		"sub",
		"mul",
		"maximum",
		"minimum",
		"greater",
		"greaterEqual",
		"less",
		"lessEqual",
		"equal",
		"notEqual",
		"atan2",
	].flatMap((op) => [
		...on(op, PAIRS),
		...on(op, [[float([N, 9], BOTH), float([N, 9], { list: [1, -2, 2, 0, -2, 0, -3] })]]),
	]),
	...[
		"add",
		"sub",
		"mul",
		"maximum",
		"minimum",
		"floorDiv",
		"mod",
		"greater",
		"greaterEqual",
		"less",
		"lessEqual",
		"equal",
		"notEqual",
	].flatMap((op) =>
		on(op, [[int([N, 7], { list: [7, -7, 9, -9, 0, 100003] }), int([7], { list: [2, 3, -4, 5, -2, 7, 1] })]]),
	),
	...["div", "floorDiv", "mod"].flatMap((op) =>
		on(
			op,
			PAIRS.map(([x, y]) => [x, nonzero(y)] as const),
		),
	),
	...on("div", [[float([N, 6], { list: [1, -1, 0, 2] }), float([N, 6], { list: [0, 0, 0, 4] })]]),
	...on("pow", [
		...PAIRS.map(([x, y]) => [positive(x), y] as const),
		[float([N, 6], { list: [-2, -3, 0, 1, 2] }), weight([6], { list: [2, 3, 2, -1, 0, 1] })],
	]),
	...on("pow", [
		[float([N, 4], { list: [-2, -0.5] }), weight([], { list: [0.5] })],
		[float([N, 4], { list: [1, 0] }), float([4], { list: [Number.NaN, 0] })],
	]),
	...on("maximum", [[float([N, 4], { list: [Number.NaN, 1, INF] }), float([N, 4], { list: [1, Number.NaN, 0] })]]),
	...on("minimum", [[float([N, 4], { list: [Number.NaN, 1, INF] }), float([N, 4], { list: [1, Number.NaN, 0] })]]),
	...on("atan2", [[float([N, 5], { list: [0, 1, -1, 0, -2] }), float([N, 5], { list: [1, 0, 0, -1, -3] })]]),
	...on("bitwiseAnd", [
		[int([N, 6], { list: [5, -1, 255, -256, 2147483647, 0] }), int([6], { list: [3, 77, -16, 511, -2, 9] })],
		[int([N, 2, 3], { list: [5, 6, 7, -8] }), int([], { list: [6] })],
	]),
	...["logicalAnd", "logicalOr", "equal", "notEqual"].flatMap((op) =>
		on(op, [
			[bool([N, 6]), bool([6])],
			[bool([N, 2, 3]), bool([N, 1, 3])],
		]),
	),
	...on("reluGrad", [
		[float([N, 3, 4]), float([N, 3, 4])],
		[float([N, 9]), float([N, 9], { list: [0, -0, 1, -1, 1e-30] })],
	]),
	{ op: "select", operands: [bool([N, 3, 4]), float([N, 3, 4]), float([N, 3, 4])] },
	{ op: "select", operands: [bool([N, 3, 1]), float([N, 3, 4]), weight([])] },
	{ op: "select", operands: [bool([4]), weight([]), float([N, 3, 1])] },
	{ op: "select", operands: [bool([N, 4]), int([N, 4], [-9, 9]), int([], [-9, 9])] },
	{ op: "select", operands: [bool([N, 1]), bool([4]), bool([N, 4])] },
	{ op: "select", operands: [bool([N, 3]), float([N, 3], { list: [Number.NaN, INF] }), float([N, 3])] },
];

const SOURCES: Case[] = [
	{ op: "input", operands: [float([N, 3])] },
	{ op: "input", operands: [int([N, 3], [-9, 9])] },
	{ op: "input", operands: [bool([N, 3])] },
	{ op: "weight", operands: [weight([2, 3])] },
	{ op: "weight", operands: [{ ...int([4], [-9, 9]), isWeight: true }] },
	{
		op: "constant",
		operands: [],
		attributes: { data: Float32Array.of(1, -2.5, INF, Number.NaN, -0, 1e-7), shape: [2, 3], dtype: "float32" },
	},
	{ op: "constant", operands: [], attributes: { data: Int32Array.of(1, -2, 2147483647), shape: [3], dtype: "int32" } },
	{ op: "constant", operands: [], attributes: { data: Uint8Array.of(1, 0), shape: [2], dtype: "bool" } },
	{ op: "constant", operands: [], attributes: { data: Float32Array.of(7), shape: [], dtype: "float32" } },
];

export const ELEMENTWISE_CASES: readonly Case[] = [...SOURCES, ...UNARY, ...BINARY];
