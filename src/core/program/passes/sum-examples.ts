import type { Builder } from "../builder";
import { BATCH, formatShape } from "../dims";
import type { Attributes, Dim, Value } from "../types";
import { sum } from "../vocabulary";

/**
 * The sum of a value over the examples of a batch, one example wide: [N, ...] to [1, ...].
 *
 * It is taken as early as may be. Where the value comes from a linear op whose other operands are the same for all
 * examples (the gradient of a convolution, say), the op is applied once, to the sum, rather than to each example: at an
 * input that saves the last and widest step of a walk.
 */
export function sumExamples(b: Builder, value: Value): Value {
	if (!isBatched(value)) throw new RangeError(`a value of the shape ${formatShape(value.shape)} has no examples`);
	const { op, inputs, attributes } = b.instruction(value);
	const operands = inputs.map((id) => b.value(id));
	const linear = LINEAR[op]?.(operands, attributes);
	if (!linear) return sum(b, value, [0], true);
	const summed = operands.map((operand, index) => (index === linear.operand ? sumExamples(b, operand) : operand));
	return b.emit(op, summed, { ...attributes, ...linear.changed });
}

/** How an op is linear over examples. */
interface Linear {
	/** The operand that has examples. */
	readonly operand: number;
	/** Attributes that name the batch, for one example. */
	readonly changed?: Attributes;
}

/** `undefined` where the op is not linear, or mixes examples. */
type LinearRule = (operands: readonly Value[], attributes: Attributes) => Linear | undefined;

const isBatched = (value: Value | undefined): boolean => value?.shape[0] === BATCH;
const isShared = (value: Value | undefined): boolean => value?.shape.every((dim) => dim >= 0) ?? false;
/** Broadcast over the examples of `beside`. */
const isBroadcast = (value: Value, beside: Value): boolean =>
	isShared(value) &&
	(value.shape.length < beside.shape.length || (value.shape.length === beside.shape.length && value.shape[0] === 1));
/** `y` is the same for all examples of `x`. */
const isFactor = (y: Value | undefined, x: Value | undefined): boolean =>
	x !== undefined && y !== undefined && isBatched(x) && isBroadcast(y, x);

/** A shape attribute with one example in place of the batch. */
const one = (shape: Attributes[string]): Dim[] => [1, ...(shape as readonly Dim[]).slice(1)];

const alone: LinearRule = ([x]) => (isBatched(x) ? { operand: 0 } : undefined);
const adjoint: LinearRule = ([x], { inputShape }) =>
	isBatched(x) ? { operand: 0, changed: { inputShape: one(inputShape) } } : undefined;
/** The second operand is a kernel. */
const withKernel =
	(rule: LinearRule): LinearRule =>
	(operands, attributes) =>
		isShared(operands[1]) ? rule(operands, attributes) : undefined;

const LINEAR: Readonly<Record<string, LinearRule>> = {
	conv2d: withKernel(alone),
	conv3d: withKernel(alone),
	depthwiseConv2d: withKernel(alone),
	conv2dInputGrad: withKernel(adjoint),
	conv3dInputGrad: withKernel(adjoint),
	depthwiseConv2dInputGrad: withKernel(adjoint),
	avgPool2dGrad: adjoint,
	avgPool3dGrad: adjoint,
	neg: alone,
	slice: alone,
	mul: ([x, y]) => (isFactor(y, x) ? { operand: 0 } : isFactor(x, y) ? { operand: 1 } : undefined),
	div: ([x, y]) => (isFactor(y, x) ? { operand: 0 } : undefined),
	matmul: ([x, y], { transposeA }) => {
		const isRows = x?.shape.length === 2 && transposeA === true;
		return isBatched(x) && !isRows && isShared(y) && y?.shape.length === 2 ? { operand: 0 } : undefined;
	},
	transpose: ([x], { permutation }) =>
		isBatched(x) && (permutation as readonly number[])[0] === 0 ? { operand: 0 } : undefined,
	pad: ([x], { value }) => (isBatched(x) && value === 0 ? { operand: 0 } : undefined),
	reshape: ([x], { shape }) =>
		isBatched(x) && (shape as readonly Dim[])[0] === BATCH ? { operand: 0, changed: { shape: one(shape) } } : undefined,
};
