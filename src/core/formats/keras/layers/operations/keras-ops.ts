import type { LayerContext, LayerTranslator } from "../../translator";
import { bindArguments, type Operation, type Signature, signature } from "./arguments";
import * as elementwise from "./elementwise";
import * as neural from "./neural";
import * as reductions from "./reductions";
import * as shapes from "./shapes";

const { unary, binary } = elementwise;
const { reduction } = reductions;

function table(parameters: string, operations: Readonly<Record<string, Operation>>): [string, Signature][] {
	return Object.entries(operations).map(([name, operation]) => [name, signature(operation, parameters)]);
}

const UNARY: Readonly<Record<string, Operation>> = {
	Absolute: unary("Abs"),
	Abs: unary("Abs"),
	Fabs: unary("Abs"),
	Negative: unary("Neg"),
	Sign: unary("Sign"),
	Square: unary("Square"),
	Sqrt: unary("Sqrt"),
	Rsqrt: unary("Rsqrt"),
	Cbrt: unary("Cbrt"),
	Reciprocal: unary("Reciprocal"),
	Exp: unary("Exp"),
	Exp2: unary("Exp2"),
	Expm1: unary("Expm1"),
	Log: unary("Log"),
	Log1p: unary("Log1p"),
	Log2: unary("Log2"),
	Log10: unary("Log10"),
	Sin: unary("Sin"),
	Cos: unary("Cos"),
	Tan: unary("Tan"),
	Arcsin: unary("Asin"),
	Arccos: unary("Acos"),
	Arctan: unary("Atan"),
	Sinh: unary("Sinh"),
	Cosh: unary("Cosh"),
	Tanh: unary("Tanh"),
	Arcsinh: unary("Asinh"),
	Arccosh: unary("Acosh"),
	Arctanh: unary("Atanh"),
	Sinc: unary("Sinc"),
	Erf: unary("Erf"),
	Erfc: unary("Erfc"),
	Floor: unary("Floor"),
	Ceil: unary("Ceil"),
	Trunc: unary("Trunc"),
	Round: unary("Round", { decimals: ["decimals", 0] }),
	Deg2rad: elementwise.scaledBy(Math.PI / 180),
	Rad2deg: elementwise.scaledBy(180 / Math.PI),
	Isnan: unary("IsNan"),
	Isinf: unary("IsInf"),
	Isfinite: unary("IsFinite"),
	LogicalNot: unary("LogicalNot"),
	NanToNum: elementwise.nanToNum,
	Clip: elementwise.clip,
	Cast: elementwise.cast,
	ZerosLike: elementwise.filledWith(0),
	OnesLike: elementwise.filledWith(1),
	Copy: elementwise.identity,
	ConvertToTensor: elementwise.identity,
	Relu: unary("Relu"),
	Relu6: unary("Relu6"),
	LeakyRelu: unary("LeakyRelu", { alpha: ["negative_slope", 0.2] }),
	Elu: unary("Elu", { alpha: ["alpha", 1] }),
	Selu: unary("Selu"),
	Celu: unary("Celu", { alpha: ["alpha", 1] }),
	Gelu: elementwise.gelu(true),
	Silu: unary("Silu"),
	Sigmoid: unary("Sigmoid"),
	SparseSigmoid: unary("SparseSigmoid"),
	HardSigmoid: unary("HardSigmoid"),
	HardSilu: unary("HardSwish"),
	LogSigmoid: unary("LogSigmoid"),
	HardTanh: unary("HardTanh"),
	TanhShrink: unary("TanhShrink"),
	SoftShrink: unary("SoftShrink", { threshold: ["threshold", 0.5] }),
	HardShrink: unary("HardShrink", { threshold: ["threshold", 0.5] }),
	Threshold: unary("Threshold", { threshold: ["threshold", 0], defaultValue: ["default_value", 0] }),
	Softplus: unary("Softplus"),
	Softsign: unary("Softsign"),
	Squareplus: unary("SquarePlus", { b: ["b", 4] }),
	SparsePlus: unary("SparsePlus"),
	Mish: unary("Mish"),
	Glu: neural.alongAxis("Glu"),
	Softmax: neural.softmax,
	LogSoftmax: neural.alongAxis("LogSoftmax"),
	Sparsemax: neural.alongAxis("Sparsemax"),
	OneHot: neural.oneHot,
};

const BINARY: Readonly<Record<string, Operation>> = {
	Add: binary("Add"),
	Subtract: binary("Sub"),
	Multiply: binary("Mul"),
	Divide: binary("Div"),
	TrueDivide: binary("Div"),
	DivideNoNan: binary("DivNoNan"),
	FloorDivide: binary("FloorDiv"),
	Mod: binary("Mod"),
	Fmod: binary("TruncateMod"),
	Power: binary("Pow"),
	Maximum: binary("Maximum"),
	Fmax: binary("Maximum"),
	Minimum: binary("Minimum"),
	Fmin: binary("Minimum"),
	Hypot: binary("Hypot"),
	Arctan2: binary("Atan2"),
	Logaddexp: binary("LogAddExp"),
	Greater: binary("Greater"),
	GreaterEqual: binary("GreaterEqual"),
	Less: binary("Less"),
	LessEqual: binary("LessEqual"),
	Equal: binary("Equal"),
	NotEqual: binary("NotEqual"),
	LogicalAnd: binary("LogicalAnd"),
	LogicalOr: binary("LogicalOr"),
	LogicalXor: binary("LogicalXor"),
	Matmul: neural.matmul,
	Dot: neural.dot,
	Tensordot: neural.tensorDot,
	FullLike: elementwise.fullLike,
};

const REDUCTIONS: Readonly<Record<string, Operation>> = {
	Mean: reduction("Mean"),
	Sum: reduction("Sum"),
	Max: reduction("Max"),
	Amax: reduction("Max"),
	Min: reduction("Min"),
	Amin: reduction("Min"),
	Prod: reduction("Prod"),
	Var: reduction("Variance"),
	Std: reduction("StandardDeviation"),
	Any: reduction("Any"),
	All: reduction("All"),
	CountNonzero: reduction("CountNonzero"),
	Logsumexp: reduction("LogSumExp"),
	Norm: reduction("Norm"),
	Average: reductions.average,
	Ptp: reductions.range,
	Argmax: reductions.place("ArgMax", undefined),
	Argmin: reductions.place("ArgMin", undefined),
	Cumsum: reductions.cumulatedSum,
	Moments: reductions.moments,
	Sort: reductions.sort("Sort"),
	Argsort: reductions.sort("ArgSort"),
	TopK: reductions.topK,
	Normalize: neural.normalize((epsilon = 1e-7) => epsilon ** 2),
	RMSNorm: neural.plainNormalization("RMSNormalization"),
	LayerNorm: neural.plainNormalization("LayerNormalization"),
};

const SHAPES: Readonly<Record<string, Operation>> = {
	Reshape: shapes.reshape,
	Ravel: shapes.reshape,
	Transpose: shapes.transpose,
	Swapaxes: shapes.swapAxes,
	Moveaxis: shapes.moveAxes,
	ExpandDims: shapes.expandDims,
	Squeeze: shapes.squeeze,
	BroadcastTo: shapes.broadcastTo,
	Tile: shapes.tile,
	Repeat: shapes.repeat,
	Flip: shapes.flip,
	Roll: shapes.roll,
	Stack: shapes.stack,
	Split: shapes.split,
	Unstack: shapes.unstack,
	Tril: shapes.triangle("LowerTriangle"),
	Triu: shapes.triangle("UpperTriangle"),
	DepthToSpace: shapes.blocks("DepthToSpace"),
	SpaceToDepth: shapes.blocks("SpaceToDepth"),
};

/** Functions of `keras.ops` by the names of their classes (Keras 3.15); others are refused by name. */
const SIGNATURES: ReadonlyMap<string, Signature> = new Map([
	...table("x", UNARY),
	...table("x1 x2", BINARY),
	...table("x", REDUCTIONS),
	...table("x", SHAPES),
	["Diff", signature(reductions.differences, "a=x")],
	["StopGradient", signature(elementwise.identity, "variable=x")],
	["Where", signature(elementwise.where, "condition x1 x2")],
	["Concatenate", signature(shapes.concatenate, "xs")],
	["GetItem", signature(shapes.getItem, "x key")],
	["Take", signature(shapes.take, "x indices")],
	["Slice", signature(shapes.slice, "inputs=x start_indices=begin shape=size")],
	["Pad", signature(shapes.pad, "x constant_values")],
	["Einsum", signature(neural.einsum, "*operands=*operands")],
	["MultiHot", signature(neural.multiHot, "inputs=x")],
	["MaxPool", signature(neural.pooling("MaxPool"), "inputs=x")],
	["AveragePool", signature(neural.pooling("AvgPool"), "inputs=x")],
	["AdaptiveMaxPool", signature(neural.adaptivePooling("AdaptiveMaxPool"), "inputs=x")],
	["AdaptiveAveragePool", signature(neural.adaptivePooling("AdaptiveAvgPool"), "inputs=x")],
	["Resize", signature(neural.resizeImages, "images=x")],
	["RGBToGrayscale", signature(neural.grayscale, "images=x")],
]);

/** Translates the call of a function of `keras.ops`. Configuration and arguments have the same standing. */
export function translateOperation(ctx: LayerContext): string | readonly string[] {
	const found = SIGNATURES.get(ctx.className);
	if (!found) return ctx.unsupported(`The function ${ctx.className} of keras.ops is not supported.`);
	const { name: _name, ...config } = ctx.config;
	const args = bindArguments(ctx, found, ctx.args, { ...config, ...ctx.kwargs });
	return found.operation(ctx, args);
}

/** Class names that layers have too: their translators call {@link translateOperation} where a function is meant. */
const SHARED = new Set([
	"Add",
	"Subtract",
	"Multiply",
	"Maximum",
	"Minimum",
	"Average",
	"Concatenate",
	"Dot",
	"Reshape",
	"Softmax",
]);

export const kerasOperations: readonly LayerTranslator[] = [
	{ classes: [...SIGNATURES.keys()].filter((name) => !SHARED.has(name)), translate: translateOperation },
];
