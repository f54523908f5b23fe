import { flag } from "../../program/attributes";
import type { Builder } from "../../program/builder";
import { fixedValues } from "../../program/passes/hoist";
import { rewrite } from "../../program/passes/rewrite";
import type { Instruction, Program, Value } from "../../program/types";
import { add, div, mul, neg, reshape, sub, unary } from "../../program/vocabulary";

/** A value that is `linear(data, kernel * scale) + offset`, with a factor and an addend for each channel. */
interface ChannelAffine {
	readonly linear: Instruction;
	readonly data: Value;
	readonly kernel: Value;
	readonly scale: Value | undefined;
	readonly offset: Value | undefined;
}

const FORWARD: ReadonlySet<string> = new Set(["conv2d", "depthwiseConv2d", "conv3d", "matmul"]);
const BACKWARD: ReadonlySet<string> = new Set(["conv2dInputGrad", "depthwiseConv2dInputGrad", "conv3dInputGrad"]);

/**
 * Moves factors and addends that weights alone decide, one for each channel, into the kernel before them: a batch
 * normalisation after a convolution then costs nothing at run time. The scaled kernels depend on weights only and are
 * hoisted. Equal up to rounding. A value that something else reads is left alone, since it would have to be computed
 * twice.
 *
 * In a program that walks back, rounding decides near ties of ReLU and max pooling, where a map changes by far more
 * than rounding, and explanations should agree with tools that compute as the model is written: there the forward part
 * stays. On the way back nothing is decided any more, so the factors of a normalisation's gradient move into the kernel
 * of the convolution's.
 */
export function foldChannels(program: Program): Program {
	const walksBack = program.instructions.some(({ op }) => op.endsWith("Grad"));
	const folding = new ChannelFolding(program);
	return walksBack ? folding.backward() : folding.forward();
}

class ChannelFolding {
	private readonly fixed: ReadonlySet<number>;
	private readonly readers: ReadonlyMap<number, number>;
	private readonly affines = new Map<number, ChannelAffine>();
	/** New operands of products, by the product's id in the old program. */
	private readonly factors = new Map<number, readonly Value[]>();

	constructor(private readonly program: Program) {
		this.fixed = fixedValues(program);
		this.readers = readerCounts(program);
	}

	forward(): Program {
		return rewrite(this.program, (b, call, inputs) => {
			if (!this.isLinear(call, FORWARD)) return this.continued(b, call, inputs);
			const [data, kernel] = inputs as readonly [Value, Value];
			this.affines.set(call.id, { linear: call, data, kernel, scale: undefined, offset: undefined });
			return undefined;
		});
	}

	backward(): Program {
		return rewrite(this.program, (b, call, inputs) => {
			if (call.op === "mul") this.factors.set(call.id, inputs);
			return this.isLinear(call, BACKWARD) ? this.withoutFactor(b, call, inputs[1] as Value) : undefined;
		});
	}

	/** One of the ops, linear in its first operand with a fixed kernel. */
	private isLinear(call: Instruction, ops: ReadonlySet<string>): boolean {
		if (!ops.has(call.op) || !this.fixed.has(call.inputs[1] as number)) return false;
		if (call.op !== "matmul") return true;
		const kernel = this.source(call.inputs[1] as number);
		return kernel.type.shape.length === 2 && !flag(call.attributes, "transposeA");
	}

	/** linear(g * c, kernel) as linear(g, kernel * c), with c along the axis of the kernel that is summed over. */
	private withoutFactor(b: Builder, call: Instruction, kernel: Value): Value | undefined {
		const product = this.source(call.inputs[0] as number);
		const operands = this.factors.get(product.id);
		if (!operands || this.readers.get(product.id) !== 1) return undefined;
		for (const index of [0, 1]) {
			const channels = this.channelsBeside(b, product, operands, index);
			if (!channels) continue;
			return b.emit(call.op, [operands[index] as Value, scaledAlongSum(b, call, kernel, channels)], call.attributes);
		}
		return undefined;
	}

	/** A step further along linear(...) * scale + offset. */
	private continued(b: Builder, call: Instruction, inputs: readonly Value[]): Value | undefined {
		const step = STEPS[call.op];
		if (!step) return undefined;
		for (const index of [0, 1]) {
			const id = call.inputs[index] as number;
			const affine = this.affines.get(id);
			if (!affine || this.readers.get(id) !== 1) continue;
			const channels = this.channelsBeside(b, call, inputs, index);
			const next = channels && step(b, affine, channels, index);
			if (!next) continue;
			this.affines.set(call.id, next);
			return emitAffine(b, next);
		}
		return undefined;
	}

	/** The operand beside the one at `index` as a vector of channels, when it is fixed and one. */
	private channelsBeside(b: Builder, call: Instruction, inputs: readonly Value[], index: number): Value | undefined {
		const other = call.inputs[1 - index] as number;
		const shape = this.source(other).type.shape;
		const channels = call.type.shape.at(-1);
		const isVector =
			shape.length > 0 && shape.at(-1) === channels && shape.slice(0, -1).every((extent) => extent === 1);
		// The operand at `index` alone must decide the shape.
		const keepsShape = this.source(call.inputs[index] as number).type.shape.join() === call.type.shape.join();
		if (!this.fixed.has(other) || !isVector || !keepsShape) return undefined;
		const vector = inputs[1 - index] as Value;
		return shape.length === 1 ? vector : reshape(b, vector, [channels as number]);
	}

	private source(id: number): Instruction {
		return this.program.instructions[id] as Instruction;
	}
}

type Step = (b: Builder, affine: ChannelAffine, channels: Value, index: number) => ChannelAffine | undefined;

const STEPS: Readonly<Record<string, Step>> = {
	add: (b, affine, c) => ({ ...affine, offset: affine.offset ? add(b, affine.offset, c) : c }),
	sub: (b, affine, c, index) =>
		index === 0 ? { ...affine, offset: affine.offset ? sub(b, affine.offset, c) : neg(b, c) } : undefined,
	mul: (b, affine, c) => ({
		...affine,
		scale: affine.scale ? mul(b, affine.scale, c) : c,
		offset: affine.offset && mul(b, affine.offset, c),
	}),
	div: (b, affine, c, index) =>
		index === 0
			? {
					...affine,
					scale: affine.scale ? div(b, affine.scale, c) : unary(b, "reciprocal", c),
					offset: affine.offset && div(b, affine.offset, c),
				}
			: undefined,
};

function emitAffine(b: Builder, { linear, data, kernel, scale, offset }: ChannelAffine): Value {
	const scaled = scale ? scaledAlongChannels(b, linear, kernel, scale) : kernel;
	const y = b.emit(linear.op, [data, scaled], linear.attributes);
	return offset ? add(b, y, offset) : y;
}

/** The kernel with a factor for each channel that it makes. */
function scaledAlongChannels(b: Builder, { op, attributes }: Instruction, kernel: Value, scale: Value): Value {
	if (op === "depthwiseConv2d") return mul(b, kernel, reshape(b, scale, kernel.shape.slice(-2)));
	if (op === "matmul" && flag(attributes, "transposeB"))
		return mul(b, kernel, reshape(b, scale, [scale.shape[0] as number, 1]));
	return mul(b, kernel, scale);
}

/** The kernel with a factor for each channel that it sums over. */
function scaledAlongSum(b: Builder, { op }: Instruction, kernel: Value, scale: Value): Value {
	return mul(b, kernel, op === "depthwiseConv2dInputGrad" ? reshape(b, scale, kernel.shape.slice(-2)) : scale);
}

/** How many operands and outputs a value is. */
function readerCounts(program: Program): ReadonlyMap<number, number> {
	const counts = new Map<number, number>();
	for (const id of [...program.instructions.flatMap(({ inputs }) => inputs), ...program.outputs.values()]) {
		counts.set(id, (counts.get(id) ?? 0) + 1);
	}
	return counts;
}
