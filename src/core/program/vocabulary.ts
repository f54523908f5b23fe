import type { DType, TensorData } from "../../shared/tensor";
import type { Builder } from "./builder";
import type { Dim, Value } from "./types";

/**
 * The readable vocabulary over the primitives: what op definitions, rules and methods are written in.
 * Feature maps are channels-last ([N, H, W, C], [N, D, H, W, C]); kernels are [H, W, in, out]; axes may be negative.
 */

/** A constant that is part of the program: scalars and small tables. Big arrays are weights. */
export function constant(
	b: Builder,
	data: TensorData | readonly number[] | number,
	shape: readonly number[] = [],
	dtype: DType = "float32",
): Value {
	const list = typeof data === "number" ? [data] : data;
	const typed =
		dtype === "float32" ? Float32Array.from(list) : dtype === "int32" ? Int32Array.from(list) : Uint8Array.from(list);
	return b.emit("constant", [], { data: typed, shape: [...shape], dtype });
}

/** int32 vector of the extents of `x`: a constant, unless one of them depends on the batch. */
export const shapeOf = (b: Builder, x: Value): Value =>
	x.shape.some((dim) => dim < 0) ? b.emit("shapeOf", [x]) : constant(b, x.shape, [x.shape.length], "int32");

/** A tensor full of one number; the shape may depend on the batch. */
export function full(b: Builder, shape: readonly Dim[], value: number): Value {
	return broadcastTo(b, constant(b, value), shape);
}

// Elementwise, one input. `unary(b, "tanh", x)`; every name is a primitive of its own.
export type UnaryName =
	| "neg"
	| "abs"
	| "sign"
	| "exp"
	| "log"
	| "log1p"
	| "expm1"
	| "sqrt"
	| "rsqrt"
	| "square"
	| "reciprocal"
	| "sin"
	| "cos"
	| "tan"
	| "asin"
	| "acos"
	| "atan"
	| "sinh"
	| "cosh"
	| "asinh"
	| "acosh"
	| "atanh"
	| "tanh"
	| "sigmoid"
	| "softplus"
	| "erf"
	| "relu"
	| "selu"
	| "floor"
	| "ceil"
	| "round"
	| "isNaN"
	| "isInfinite"
	| "logicalNot";

export const unary = (b: Builder, name: UnaryName, x: Value): Value => b.emit(name, [x]);
export const neg = (b: Builder, x: Value): Value => b.emit("neg", [x]);
export const abs = (b: Builder, x: Value): Value => b.emit("abs", [x]);
export const exp = (b: Builder, x: Value): Value => b.emit("exp", [x]);
export const log = (b: Builder, x: Value): Value => b.emit("log", [x]);
export const sqrt = (b: Builder, x: Value): Value => b.emit("sqrt", [x]);
export const rsqrt = (b: Builder, x: Value): Value => b.emit("rsqrt", [x]);
export const square = (b: Builder, x: Value): Value => b.emit("square", [x]);
export const relu = (b: Builder, x: Value): Value => b.emit("relu", [x]);
export const elu = (b: Builder, x: Value, alpha = 1): Value => b.emit("elu", [x], { alpha });
export const leakyRelu = (b: Builder, x: Value, alpha: number): Value => b.emit("leakyRelu", [x], { alpha });
export const cast = (b: Builder, x: Value, dtype: DType): Value =>
	x.dtype === dtype ? x : b.emit("cast", [x], { dtype });
/** Gradient of ReLU: `g` where `x > 0`, 0 elsewhere (slope 0 at 0). */
export const reluGrad = (b: Builder, g: Value, x: Value): Value => b.emit("reluGrad", [g, x]);

// Elementwise, two inputs, broadcasting as in NumPy; a number stands for a constant.
export type BinaryName =
	| "add"
	| "sub"
	| "mul"
	| "div"
	| "pow"
	| "maximum"
	| "minimum"
	| "floorDiv"
	| "mod"
	| "atan2"
	| "greater"
	| "greaterEqual"
	| "less"
	| "lessEqual"
	| "equal"
	| "notEqual"
	| "bitwiseAnd"
	| "logicalAnd"
	| "logicalOr";
export type Operand = Value | number;

export function binary(b: Builder, name: BinaryName, x: Operand, y: Operand): Value {
	const like = typeof x === "number" ? y : x;
	const dtype = typeof like === "number" ? "float32" : like.dtype;
	const lift = (operand: Operand) => (typeof operand === "number" ? constant(b, operand, [], dtype) : operand);
	return b.emit(name, [lift(x), lift(y)]);
}
export const add = (b: Builder, x: Operand, y: Operand): Value => binary(b, "add", x, y);
export const sub = (b: Builder, x: Operand, y: Operand): Value => binary(b, "sub", x, y);
export const mul = (b: Builder, x: Operand, y: Operand): Value => binary(b, "mul", x, y);
export const div = (b: Builder, x: Operand, y: Operand): Value => binary(b, "div", x, y);
export const maximum = (b: Builder, x: Operand, y: Operand): Value => binary(b, "maximum", x, y);
export const minimum = (b: Builder, x: Operand, y: Operand): Value => binary(b, "minimum", x, y);
/** `a` where `condition` (bool) holds, else `b_`; all three broadcast. */
export function select(b: Builder, condition: Value, whenTrue: Operand, whenFalse: Operand): Value {
	const like = typeof whenTrue === "number" ? whenFalse : whenTrue;
	const dtype = typeof like === "number" ? "float32" : like.dtype;
	const lift = (operand: Operand) => (typeof operand === "number" ? constant(b, operand, [], dtype) : operand);
	return b.emit("select", [condition, lift(whenTrue), lift(whenFalse)]);
}

// Reductions. Axes may be negative; none given reduces all but nothing is implied about the batch: name them.
export type ReductionName = "reduceSum" | "reduceMean" | "reduceMax" | "reduceMin" | "reduceProd";
export function reduce(b: Builder, name: ReductionName, x: Value, axes: readonly number[], keepDims = false): Value {
	const sorted = [...new Set(axes.map((axis) => normalAxis(axis, x.shape.length)))].sort((p, q) => p - q);
	return b.emit(name, [x], { axes: sorted, keepDims });
}
export const sum = (b: Builder, x: Value, axes: readonly number[], keepDims = false): Value =>
	reduce(b, "reduceSum", x, axes, keepDims);
export const mean = (b: Builder, x: Value, axes: readonly number[], keepDims = false): Value =>
	reduce(b, "reduceMean", x, axes, keepDims);
export const max = (b: Builder, x: Value, axes: readonly number[], keepDims = false): Value =>
	reduce(b, "reduceMax", x, axes, keepDims);
/** Adjoint of broadcasting: sums `x` down to a shape that broadcasts to its own. */
export function sumTo(b: Builder, x: Value, shape: readonly Dim[]): Value {
	const extra = x.shape.length - shape.length;
	const axes = x.shape.flatMap((dim, axis) => (axis < extra || (shape[axis - extra] === 1 && dim !== 1) ? [axis] : []));
	const summed = axes.length === 0 ? x : sum(b, x, axes);
	return summed.shape.length === shape.length ? summed : reshape(b, summed, shape);
}
/** int32 index of the (first) largest element. */
export const argMax = (b: Builder, x: Value, axis: number): Value =>
	b.emit("argMax", [x], { axis: normalAxis(axis, x.shape.length) });
export const argMin = (b: Builder, x: Value, axis: number): Value =>
	b.emit("argMin", [x], { axis: normalAxis(axis, x.shape.length) });
export const cumsum = (
	b: Builder,
	x: Value,
	axis: number,
	options: { exclusive?: boolean; reverse?: boolean } = {},
): Value =>
	b.emit("cumsum", [x], {
		axis: normalAxis(axis, x.shape.length),
		exclusive: options.exclusive ?? false,
		reverse: options.reverse ?? false,
	});
/** Over the last axis. */
export const softmax = (b: Builder, x: Value): Value => b.emit("softmax", [x]);
export const logSoftmax = (b: Builder, x: Value): Value => b.emit("logSoftmax", [x]);

// Shape.
/** Extents as {@link Dim}: negative ones are multiples of the batch (`-1` is N, not "infer"). */
export const reshape = (b: Builder, x: Value, shape: readonly Dim[]): Value =>
	sameExtents(x.shape, shape) ? x : b.emit("reshape", [x], { shape: [...shape] });
export const transpose = (b: Builder, x: Value, permutation: readonly number[]): Value =>
	b.emit("transpose", [x], { permutation: [...permutation] });
export const concat = (b: Builder, values: readonly Value[], axis: number): Value =>
	b.emit("concat", values, { axis: normalAxis(axis, values[0]?.shape.length ?? 1) });
/** `size` -1 takes everything from `begin` on; the batch axis must be taken whole (begin 0, size -1). */
export const slice = (b: Builder, x: Value, begin: readonly number[], size: readonly number[]): Value =>
	b.emit("slice", [x], { begin: [...begin], size: [...size] });
/** One axis: elements begin, begin + stride, ... below end (above, for a negative stride). Non-negative begin and end; end -1 with a negative stride is "past the first". */
export const stridedSlice = (b: Builder, x: Value, axis: number, begin: number, end: number, stride: number): Value =>
	b.emit("stridedSlice", [x], { axis: normalAxis(axis, x.shape.length), begin, end, stride });
/** `paddings` [before, after] for each axis. */
export const pad = (b: Builder, x: Value, paddings: readonly (readonly [number, number])[], value = 0): Value =>
	paddings.length === x.shape.length && paddings.every(([before, after]) => before === 0 && after === 0)
		? x
		: b.emit("pad", [x], { paddings: paddings.map((p) => [...p]), value });
export const mirrorPad = (
	b: Builder,
	x: Value,
	paddings: readonly (readonly [number, number])[],
	mode: "reflect" | "symmetric",
): Value => b.emit("mirrorPad", [x], { paddings: paddings.map((p) => [...p]), mode });
/** Takes slices of `x` along `axis` by int32 `indices` of any shape, whose axes take the place of `axis`. */
export const gather = (b: Builder, x: Value, indices: Value, axis: number): Value =>
	b.emit("gather", [x, indices], { axis: normalAxis(axis, x.shape.length) });
/** Adjoint of gather: adds slices of `updates` into zeros of `extent` along `axis`, at int32 `indices`. */
export const scatterAdd = (b: Builder, updates: Value, indices: Value, axis: number, extent: Dim): Value =>
	b.emit("scatterAdd", [updates, indices], { axis, extent });
export type ScatterName = "scatterAdd" | "scatterMax" | "scatterMin" | "scatterProd";
/**
 * As {@link scatterAdd} with another way to join what meets in one place. Places that nothing meets in hold the lowest
 * finite number (max), the highest (min), or 1 (prod).
 */
export const scatter = (
	b: Builder,
	name: ScatterName,
	updates: Value,
	indices: Value,
	axis: number,
	extent: Dim,
): Value => b.emit(name, [updates, indices], { axis, extent });
/** int32 places of the `count` largest elements of the last axis, largest first; of equal ones the first comes first. */
export const topK = (b: Builder, x: Value, count: number): Value => b.emit("topK", [x], { count });
/** For each example a crop of `base` [1, ...]: along `axes` (ascending), `size` elements from row `at` [N, axes] (int32) on. */
export const crop = (b: Builder, base: Value, at: Value, axes: readonly number[], size: readonly number[]): Value =>
	b.emit("crop", [base, at], { axes: [...axes], size: [...size] });
/** The same of `base` with the example's `patch` [N, ...] lying in it at `patchAt`. */
export const cropPatched = (
	b: Builder,
	base: Value,
	patch: { readonly value: Value; readonly at: Value },
	at: Value,
	axes: readonly number[],
	size: readonly number[],
): Value => b.emit("cropPatched", [base, patch.value, patch.at, at], { axes: [...axes], size: [...size] });
export const broadcastTo = (b: Builder, x: Value, shape: readonly Dim[]): Value =>
	sameExtents(x.shape, shape) ? x : b.emit("broadcastTo", [x], { shape: [...shape] });
export const tile = (b: Builder, x: Value, multiples: readonly number[]): Value =>
	b.emit("tile", [x], { multiples: [...multiples] });
export const reverse = (b: Builder, x: Value, axes: readonly number[]): Value =>
	b.emit("reverse", [x], { axes: axes.map((axis) => normalAxis(axis, x.shape.length)) });
/** float32 one-hot rows on a new last axis. */
export const oneHot = (b: Builder, indices: Value, depth: number): Value => b.emit("oneHot", [indices], { depth });
export function expandDims(b: Builder, x: Value, axis: number): Value {
	const at = axis < 0 ? axis + x.shape.length + 1 : axis;
	return reshape(b, x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
}
export function squeeze(b: Builder, x: Value, axes: readonly number[]): Value {
	const drop = new Set(axes.map((axis) => normalAxis(axis, x.shape.length)));
	return reshape(
		b,
		x,
		x.shape.filter((_, axis) => !drop.has(axis)),
	);
}

// Linear algebra.
/** Batched matrix product over the last two axes; leading axes broadcast. */
export const matmul = (
	b: Builder,
	x: Value,
	y: Value,
	options: { transposeA?: boolean; transposeB?: boolean } = {},
): Value =>
	b.emit("matmul", [x, y], { transposeA: options.transposeA ?? false, transposeB: options.transposeB ?? false });

export interface ConvolutionAttributes {
	/** One entry a spatial axis. */
	strides: readonly number[];
	/** Zeros added [before, after] each spatial axis. */
	padding: readonly (readonly [number, number])[];
	dilations: readonly number[];
}
const convolution = (a: ConvolutionAttributes) => ({
	strides: [...a.strides],
	padding: a.padding.map((p) => [...p]),
	dilations: [...a.dilations],
});
/** x [N, H, W, in], kernel [h, w, in, out]. */
export const conv2d = (b: Builder, x: Value, kernel: Value, a: ConvolutionAttributes): Value =>
	b.emit("conv2d", [x, kernel], convolution(a));
/** Adjoint of conv2d in x ("transposed convolution"): dy [N, H', W', out] to [N, H, W, in]. */
export const conv2dInputGrad = (
	b: Builder,
	dy: Value,
	kernel: Value,
	a: ConvolutionAttributes,
	inputShape: readonly Dim[],
): Value => b.emit("conv2dInputGrad", [dy, kernel], { ...convolution(a), inputShape: [...inputShape] });
/** Adjoint of conv2d in the kernel. */
export const conv2dFilterGrad = (
	b: Builder,
	x: Value,
	dy: Value,
	a: ConvolutionAttributes,
	filterShape: readonly number[],
): Value => b.emit("conv2dFilterGrad", [x, dy], { ...convolution(a), filterShape: [...filterShape] });
/** x [N, H, W, C], kernel [h, w, C, multiplier]; result channel c * multiplier + m. */
export const depthwiseConv2d = (b: Builder, x: Value, kernel: Value, a: ConvolutionAttributes): Value =>
	b.emit("depthwiseConv2d", [x, kernel], convolution(a));
export const depthwiseConv2dInputGrad = (
	b: Builder,
	dy: Value,
	kernel: Value,
	a: ConvolutionAttributes,
	inputShape: readonly Dim[],
): Value => b.emit("depthwiseConv2dInputGrad", [dy, kernel], { ...convolution(a), inputShape: [...inputShape] });
/** x [N, D, H, W, in], kernel [d, h, w, in, out]. */
export const conv3d = (b: Builder, x: Value, kernel: Value, a: ConvolutionAttributes): Value =>
	b.emit("conv3d", [x, kernel], convolution(a));
export const conv3dInputGrad = (
	b: Builder,
	dy: Value,
	kernel: Value,
	a: ConvolutionAttributes,
	inputShape: readonly Dim[],
): Value => b.emit("conv3dInputGrad", [dy, kernel], { ...convolution(a), inputShape: [...inputShape] });

export interface PoolAttributes {
	window: readonly number[];
	strides: readonly number[];
	/** TensorFlow's meaning; other paddings are a `pad` before a valid pool. */
	padding: "valid" | "same";
}
const pool = (a: PoolAttributes) => ({ window: [...a.window], strides: [...a.strides], padding: a.padding });
export const maxPool2d = (b: Builder, x: Value, a: PoolAttributes): Value => b.emit("maxPool2d", [x], pool(a));
/** Sends dy to the first maximum of each window. */
export const maxPool2dGrad = (b: Builder, x: Value, y: Value, dy: Value, a: PoolAttributes): Value =>
	b.emit("maxPool2dGrad", [x, y, dy], pool(a));
/** Mean over the cells of a window that lie inside the map. */
export const avgPool2d = (b: Builder, x: Value, a: PoolAttributes): Value => b.emit("avgPool2d", [x], pool(a));
export const avgPool2dGrad = (b: Builder, dy: Value, a: PoolAttributes, inputShape: readonly Dim[]): Value =>
	b.emit("avgPool2dGrad", [dy], { ...pool(a), inputShape: [...inputShape] });
export const maxPool3d = (b: Builder, x: Value, a: PoolAttributes): Value => b.emit("maxPool3d", [x], pool(a));
export const maxPool3dGrad = (b: Builder, x: Value, y: Value, dy: Value, a: PoolAttributes): Value =>
	b.emit("maxPool3dGrad", [x, y, dy], pool(a));
export const avgPool3d = (b: Builder, x: Value, a: PoolAttributes): Value => b.emit("avgPool3d", [x], pool(a));
export const avgPool3dGrad = (b: Builder, dy: Value, a: PoolAttributes, inputShape: readonly Dim[]): Value =>
	b.emit("avgPool3dGrad", [dy], { ...pool(a), inputShape: [...inputShape] });

/** TensorFlow's SAME padding: [before, after], the odd cell behind. */
export function samePadding(extent: number, kernel: number, stride: number, dilation = 1): [number, number] {
	const reach = (kernel - 1) * dilation + 1;
	const total = Math.max(0, (Math.ceil(extent / stride) - 1) * stride + reach - extent);
	return [Math.floor(total / 2), total - Math.floor(total / 2)];
}

/** z + sign(z) * epsilon with sign(0) = +1 (zennit's stabiliser): never 0 for epsilon > 0. */
export function stabilize(b: Builder, z: Value, epsilon: number): Value {
	return add(b, z, select(b, binary(b, "greaterEqual", z, 0), epsilon, -epsilon));
}

export function normalAxis(axis: number, rank: number): number {
	return axis < 0 ? axis + rank : axis;
}

function sameExtents(a: readonly Dim[], b: readonly Dim[]): boolean {
	return a.length === b.length && a.every((dim, axis) => dim === b[axis]);
}
