import { sizeOf } from "../../shared/tensor";
import { bindShape } from "./dims";
import { type Schedule, schedule } from "./liveness";
import { primitive } from "./primitives";
import type { Instruction, Program, ValueType } from "./types";

export interface Cost {
	/** Floating-point operations for one example. */
	readonly flops: number;
	/** Bytes of all weights that the program reads. */
	readonly weightBytes: number;
	/** Most bytes of values that are alive at once for a batch of `n` (inputs and outputs included, weights not), when each is freed after its last use. */
	peakBytes(n: number): number;
}

/** Views of other values in every engine: they take no memory of their own. */
const VIEWS = new Set(["reshape"]);

/** @param outputs those that are wanted; all when absent */
export function programCost(program: Program, outputs: readonly string[] = [...program.outputs.keys()]): Cost {
	const plan = schedule(program, outputs);
	const needed = plan.order.map((id) => program.instructions[id] as Instruction);
	const flops = needed.reduce((sum, instruction) => sum + instructionFlops(program, instruction), 0);
	const weightNames = new Map(
		needed.filter(({ op }) => op === "weight").map(({ attributes, type }) => [attributes.name, type]),
	);
	const weightBytes = [...weightNames.values()].reduce((sum, type) => sum + bytesOf(type, 1), 0);
	return { flops, weightBytes, peakBytes: (n) => peakBytes(program, plan, n) };
}

export function instructionFlops(program: Program, { op, inputs, type, attributes }: Instruction): number {
	const types = inputs.map((input) => (program.instructions[input] as Instruction).type);
	return primitive(op).flops?.(types, type, attributes) ?? sizeOf(bindShape(type.shape, 1));
}

export function bytesOf(type: ValueType, n: number): number {
	return sizeOf(bindShape(type.shape, n)) * (type.dtype === "bool" ? 1 : 4);
}

function peakBytes(program: Program, { order, released }: Schedule, n: number): number {
	const held = (id: number) => {
		const { op, type } = program.instructions[id] as Instruction;
		return op === "weight" || op === "constant" || VIEWS.has(op) ? 0 : bytesOf(type, n);
	};
	// A view keeps what it looks at alive: its source counts until the view is released.
	const viewers = new Map<number, number>();
	const source = (id: number): number => {
		const { op, inputs } = program.instructions[id] as Instruction;
		return VIEWS.has(op) ? source(inputs[0] as number) : id;
	};
	let alive = 0;
	let peak = 0;
	for (const [position, id] of order.entries()) {
		const owner = source(id);
		viewers.set(owner, (viewers.get(owner) ?? 0) + 1);
		alive += held(id);
		peak = Math.max(peak, alive);
		for (const dead of released[position] ?? []) {
			const owner = source(dead);
			const left = (viewers.get(owner) ?? 1) - 1;
			viewers.set(owner, left);
			if (left === 0) alive -= held(owner);
		}
	}
	return peak;
}
