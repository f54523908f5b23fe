import { integers, pairs } from "../attributes";
import type { Builder } from "../builder";
import { isBatchDim } from "../dims";
import { isNeverNegative } from "../known/sign";
import type { Dim, Instruction, Value } from "../types";
import { broadcastTo, reshape, slice, transpose } from "../vocabulary";
import { uniformNumber } from "./simplify-constants";

/** What an instruction over these inputs can be replaced by; `undefined` when it is as simple as can be. */
export type SimplifyRule = (b: Builder, instruction: Instruction, inputs: readonly Value[]) => Value | undefined;

const sameShape = (a: Value, b: { readonly shape: readonly number[] }) =>
	a.shape.length === b.shape.length && a.shape.every((dim, axis) => dim === b.shape[axis]);

/** x where the other operand is the neutral element and changes neither shape nor type. */
function neutralOperand(neutral: number, sides: "either" | "right"): SimplifyRule {
	return (b, { type }, [x, y]) => {
		// -0 + 0 is 0: the only place where adding 0 shows, and only in the sign of a zero.
		if (uniformNumber(b, y!) === neutral && sameShape(x!, type)) return x;
		if (sides === "either" && uniformNumber(b, x!) === neutral && sameShape(y!, type)) return y;
		return undefined;
	};
}

/** Ops that repeat their operands by themselves take them unrepeated, as long as the result keeps its shape. */
const unrepeatOperands: SimplifyRule = (b, { op, type, attributes }, inputs) => {
	for (const [index, input] of inputs.entries()) {
		const made = b.instruction(input);
		if (made.op !== "broadcastTo") continue;
		const narrower = inputs.map((other, at) => (at === index ? b.value(made.inputs[0] as number) : other));
		const extents = narrower.map(({ shape }) => shape);
		if (broadcastExtents(extents) === type.shape.join()) return b.emit(op, narrower, attributes);
	}
	return repeatAfter(b, op, type.shape, inputs, attributes);
};

/** What has only repeated operands is computed before they are repeated. */
function repeatAfter(
	b: Builder,
	op: string,
	shape: readonly Dim[],
	inputs: readonly Value[],
	attributes: Instruction["attributes"],
): Value | undefined {
	const sources = inputs.map((input) => {
		const made = b.instruction(input);
		return made.op === "broadcastTo" ? b.value(made.inputs[0] as number) : input;
	});
	const isNarrower = broadcastExtents(sources.map((source) => source.shape)) !== shape.join();
	return isNarrower ? broadcastTo(b, b.emit(op, sources, attributes), shape) : undefined;
}

/** Broadcast shape as text; empty when the shapes do not fit. */
function broadcastExtents(shapes: readonly (readonly number[])[]): string {
	const rank = Math.max(...shapes.map((shape) => shape.length));
	const extents = Array.from({ length: rank }, (_, axis) => {
		const dims = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1).filter((dim) => dim !== 1);
		return dims[0] ?? 1;
	});
	return extents.join();
}

function firstOf(...rules: SimplifyRule[]): SimplifyRule {
	return (b, instruction, inputs) => {
		for (const rule of rules) {
			const better = rule(b, instruction, inputs);
			if (better) return better;
		}
		return undefined;
	};
}

/** A stabiliser has two signs; what is never negative needs one of them. */
const oneSided: SimplifyRule = (b, { type }, [condition, whenTrue]) => {
	const made = b.instruction(condition!);
	const [x, bound] = made.inputs.map((id) => b.value(id));
	const isAlways = made.op === "greaterEqual" && (uniformNumber(b, bound!) ?? 1) <= 0 && isNeverNegative(b, x!);
	return isAlways ? broadcastTo(b, whenTrue!, type.shape) : undefined;
};

/** What is the same for all examples is computed for one; an engine then computes it but once. */
const forOneExample: SimplifyRule = (b, { op, type, attributes }, [x, kernel]) => {
	const made = b.instruction(x!);
	if (made.op !== "broadcastTo" || !isBatchDim(x!.shape[0] as number)) return undefined;
	const source = b.value(made.inputs[0] as number);
	const isShared = source.shape.length < x!.shape.length || source.shape[0] === 1;
	if (!isShared || kernel!.shape.some(isBatchDim)) return undefined;
	const one = broadcastTo(b, source, [1, ...x!.shape.slice(1)]);
	return broadcastTo(b, b.emit(op, [one, kernel!], attributes), type.shape);
};

const joinReshapes: SimplifyRule = (b, { type }, [x]) => {
	if (sameShape(x!, type)) return x;
	const made = b.instruction(x!);
	return made.op === "reshape" ? reshape(b, b.value(made.inputs[0] as number), type.shape) : undefined;
};

/** What is repeated is turned before it is. */
function repeatLater(b: Builder, shape: readonly Dim[], permutation: readonly number[], source: Value): Value {
	const whole = reshape(b, source, [...new Array<number>(shape.length - source.shape.length).fill(1), ...source.shape]);
	return broadcastTo(b, transpose(b, whole, permutation), shape);
}

const joinTransposes: SimplifyRule = (b, { type, attributes }, [x]) => {
	const permutation = integers(attributes, "permutation");
	const made = b.instruction(x!);
	if (made.op === "transpose") {
		const inner = integers(made.attributes, "permutation");
		return transpose(
			b,
			b.value(made.inputs[0] as number),
			permutation.map((axis) => inner[axis] as number),
		);
	}
	if (made.op === "broadcastTo") return repeatLater(b, type.shape, permutation, b.value(made.inputs[0] as number));
	// Axes of one element may go anywhere without moving data.
	const moving = permutation.filter((axis) => x!.shape[axis] !== 1);
	return moving.every((axis, index) => index === 0 || axis > (moving[index - 1] as number))
		? reshape(b, x!, type.shape)
		: undefined;
};

const joinBroadcasts: SimplifyRule = (b, { type }, [x]) => {
	if (sameShape(x!, type)) return x;
	const made = b.instruction(x!);
	if (made.op === "broadcastTo") return broadcastTo(b, b.value(made.inputs[0] as number), type.shape);
	// A reshape that only adds leading ones is part of what broadcasting does.
	if (made.op !== "reshape") return undefined;
	const source = b.value(made.inputs[0] as number);
	const leading = x!.shape.length - source.shape.length;
	const isPrefix =
		leading > 0 && x!.shape.every((dim, axis) => (axis < leading ? dim === 1 : dim === source.shape[axis - leading]));
	return isPrefix ? broadcastTo(b, source, type.shape) : undefined;
};

const joinSlices: SimplifyRule = (b, { type, attributes }, [x]) => {
	if (sameShape(x!, type)) return x;
	const made = b.instruction(x!);
	if (made.op !== "slice") return undefined;
	const inner = integers(made.attributes, "begin");
	const begin = integers(attributes, "begin").map((from, axis) => from + (inner[axis] as number));
	return slice(
		b,
		b.value(made.inputs[0] as number),
		begin,
		type.shape.map((dim) => (isBatchDim(dim) ? -1 : dim)),
	);
};

/** Summing what was repeated: only for sums over axes of one element, which are reshapes. */
const reduceNothing: SimplifyRule = (b, { type, attributes }, [x]) =>
	integers(attributes, "axes").every((axis) => x!.shape[axis] === 1) ? reshape(b, x!, type.shape) : undefined;

const unchanged: SimplifyRule = (_b, { type }, [x]) => (sameShape(x!, type) && x!.dtype === type.dtype ? x : undefined);

const reverseNothing: SimplifyRule = (_b, { attributes }, [x]) =>
	integers(attributes, "axes").every((axis) => x!.shape[axis] === 1) ? x : undefined;

const noPadding: SimplifyRule = (_b, { attributes }, [x]) =>
	pairs(attributes, "paddings").every(([before, after]) => before === 0 && after === 0) ? x : undefined;

const undo =
	(op: string): SimplifyRule =>
	(b, _instruction, [x]) => {
		const made = b.instruction(x!);
		return made.op === op ? b.value(made.inputs[0] as number) : undefined;
	};

const broadcasting = Object.fromEntries(
	[
		"pow",
		"maximum",
		"minimum",
		"floorDiv",
		"mod",
		"atan2",
		"greater",
		"greaterEqual",
		"less",
		"lessEqual",
		"equal",
		"notEqual",
		"logicalAnd",
		"logicalOr",
	].map((op) => [op, unrepeatOperands]),
);

export const RULES: Readonly<Record<string, SimplifyRule>> = {
	...broadcasting,
	add: firstOf(neutralOperand(0, "either"), unrepeatOperands),
	sub: firstOf(neutralOperand(0, "right"), unrepeatOperands),
	mul: firstOf(neutralOperand(1, "either"), unrepeatOperands),
	div: firstOf(neutralOperand(1, "right"), unrepeatOperands),
	select: firstOf(oneSided, unrepeatOperands),
	conv2d: forOneExample,
	conv3d: forOneExample,
	depthwiseConv2d: forOneExample,
	neg: undo("neg"),
	relu: (b, _instruction, [x]) => (b.instruction(x!).op === "relu" ? x : undefined),
	cast: unchanged,
	reshape: joinReshapes,
	transpose: joinTransposes,
	broadcastTo: joinBroadcasts,
	slice: joinSlices,
	stridedSlice: (b, instruction, inputs) =>
		instruction.attributes.begin === 0 && instruction.attributes.stride === 1
			? unchanged(b, instruction, inputs)
			: undefined,
	pad: noPadding,
	mirrorPad: noPadding,
	tile: unchanged,
	reverse: reverseNothing,
	concat: (_b, _instruction, inputs) => (inputs.length === 1 ? inputs[0] : undefined),
	reduceSum: reduceNothing,
	reduceMean: reduceNothing,
	reduceMax: reduceNothing,
	reduceMin: reduceNothing,
	reduceProd: reduceNothing,
};
