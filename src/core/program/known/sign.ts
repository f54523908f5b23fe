import { number, tensorData } from "../attributes";
import type { Builder } from "../builder";
import type { Instruction, Value } from "../types";

const remembered = new WeakMap<Builder, Map<number, boolean>>();

/** Steps that are looked back: what decides lies near, and unrolled loops are long. */
const FARTHEST = 32;

/** Whether no element of a value is below 0, whatever the inputs are (some may be NaN). `false` where that cannot be told. */
export function isNeverNegative(b: Builder, value: Value, farthest = FARTHEST): boolean {
	const known = remembered.get(b) ?? new Map<number, boolean>();
	remembered.set(b, known);
	const found = known.get(value.id);
	if (found !== undefined) return found;
	if (farthest === 0) return false;
	const instruction = b.instruction(value);
	const told = SIGNS[instruction.op]?.(instruction, (operand) =>
		isNeverNegative(b, b.value(instruction.inputs[operand] as number), farthest - 1),
	);
	known.set(value.id, told ?? false);
	return told ?? false;
}

type Sign = (instruction: Instruction, isNever: (operand: number) => boolean) => boolean;

const always: Sign = () => true;
const asFirst: Sign = (_, isNever) => isNever(0);
const asBoth: Sign = (_, isNever) => isNever(0) && isNever(1);
const each = (names: readonly string[], sign: Sign) => Object.fromEntries(names.map((name) => [name, sign]));

/** Quotients and roots below the line are missing: by -0, which is not below 0, they are minus infinity. */
const SIGNS: Readonly<Record<string, Sign>> = {
	...each(["relu", "abs", "square", "exp", "sqrt", "sigmoid", "softplus", "softmax", "oneHot"], always),
	...each(["reshape", "transpose", "broadcastTo", "slice", "stridedSlice", "tile", "reverse", "gather"], asFirst),
	...each(["maxPool2d", "avgPool2d", "maxPool3d", "avgPool3d"], asFirst),
	...each(["reduceSum", "reduceMean", "reduceMax", "reduceMin", "reduceProd"], asFirst),
	...each(["add", "mul", "minimum", "matmul"], asBoth),
	...each(["conv2d", "depthwiseConv2d", "conv3d"], asBoth),
	...each(["conv2dInputGrad", "depthwiseConv2dInputGrad", "conv3dInputGrad"], asBoth),
	maximum: (_, isNever) => isNever(0) || isNever(1),
	select: (_, isNever) => isNever(1) && isNever(2),
	concat: ({ inputs }, isNever) => inputs.every((_, operand) => isNever(operand)),
	pad: ({ attributes }, isNever) => number(attributes, "value") >= 0 && isNever(0),
	constant: ({ attributes }) => tensorData(attributes, "data").every((item: number) => item >= 0),
};
