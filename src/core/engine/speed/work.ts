import { bytesOf, instructionFlops } from "../../program/cost";
import { schedule } from "../../program/liveness";
import { fixedValues } from "../../program/passes/hoist";
import type { Instruction, Program } from "../../program/types";

/** What a run of a program is made of, by what limits each part. */
export interface Work {
	/** Floating-point operations of convolutions and matrix products. */
	readonly dense: number;
	/** Floating-point operations of depthwise convolutions. */
	readonly depthwise: number;
	/** Bytes read and written by everything else. */
	readonly bytes: number;
	/** Bytes of kernels, of matrices and of inputs that all examples share: read once for a whole batch. */
	readonly kernels: number;
	readonly instructions: number;
}

const DENSE = /^(conv|matmul)/;
const DEPTHWISE = /^depthwise/;
/** Take no time: other views of a value, and what is there before the run. */
const FREE = new Set(["constant", "weight", "input", "reshape"]);

/** The work of some outputs of a program for `n` examples; what depends on weights alone is computed once, before. */
export function workOf(program: Program, outputs: readonly string[] | undefined, n: number): Work {
	const work = { dense: 0, depthwise: 0, bytes: 0, kernels: 0, instructions: 0 };
	const fixed = fixedValues(program);
	const typeOf = (id: number) => (program.instructions[id] as Instruction).type;
	for (const id of schedule(program, outputs).order) {
		const instruction = program.instructions[id] as Instruction;
		const isForAll = instruction.type.shape.every((extent) => extent >= 0);
		if (instruction.op === "input" && isForAll) work.kernels += bytesOf(instruction.type, 1);
		if (FREE.has(instruction.op) || fixed.has(id)) continue;
		work.instructions++;
		const flops = instructionFlops(program, instruction) * (isForAll ? 1 : n);
		if (DEPTHWISE.test(instruction.op) || DENSE.test(instruction.op))
			for (const value of instruction.inputs) if (fixed.has(value)) work.kernels += bytesOf(typeOf(value), 1);
		if (DEPTHWISE.test(instruction.op)) work.depthwise += flops;
		else if (DENSE.test(instruction.op)) work.dense += flops;
		else for (const value of [id, ...instruction.inputs]) work.bytes += bytesOf(typeOf(value), n);
	}
	return work;
}

/** What has to be done before some outputs of a program run for the first time. */
export interface Making {
	readonly instructions: number;
	/** Convolutions and matrix products: kernels are laid out for each. */
	readonly dense: number;
	/** Weights that the program reads. */
	readonly weights: readonly Placed[];
	/** Values that are computed from weights once and kept. */
	readonly derived: readonly Placed[];
}

export interface Placed {
	/** Equal for the same weight in other programs. */
	readonly name: string;
	readonly bytes: number;
}

export function makingOf(program: Program, outputs: readonly string[] | undefined): Making {
	const fixed = fixedValues(program);
	const [weights, derived] = [new Map<number, Placed>(), new Map<number, Placed>()];
	let [instructions, dense] = [0, 0];
	for (const id of schedule(program, outputs).order) {
		const { op, inputs } = program.instructions[id] as Instruction;
		if (FREE.has(op) || fixed.has(id)) continue;
		instructions++;
		if (DENSE.test(op) || DEPTHWISE.test(op)) dense++;
		for (const input of inputs) {
			if (!fixed.has(input)) continue;
			const { op: source, attributes, type } = program.instructions[input] as Instruction;
			const placed = { name: `${attributes.name} ${type.shape}`, bytes: bytesOf(type, 1) };
			if (source === "weight") weights.set(input, placed);
			else if (!FREE.has(source)) derived.set(input, placed);
		}
	}
	return { instructions, dense, weights: [...weights.values()], derived: [...derived.values()] };
}
