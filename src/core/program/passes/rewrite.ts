import { Builder } from "../builder";
import type { Instruction, Program, Value } from "../types";

/** Emits what takes the place of an instruction, over the inputs' replacements; `undefined` keeps the instruction. */
export type Rewriting = (b: Builder, instruction: Instruction, inputs: readonly Value[]) => Value | undefined;

/** Emits the instruction again over other inputs; its type is inferred anew. */
export function copyInstruction(b: Builder, { op, attributes, type }: Instruction, inputs: readonly Value[]): Value {
	if (op === "input") return b.input(String(attributes.name), type.dtype, type.shape);
	if (op === "weight") return b.weight(String(attributes.name), type.dtype, type.shape as readonly number[]);
	return b.emit(op, inputs, attributes);
}

/**
 * A program built anew, instruction by instruction: the frame of every pass. Outputs keep their names; what no output
 * needs any more falls away; equal instructions become one.
 */
export function rewrite(program: Program, rewriting: Rewriting = () => undefined): Program {
	const b = new Builder();
	const values: Value[] = [];
	for (const instruction of program.instructions) {
		const inputs = instruction.inputs.map((input) => values[input] as Value);
		values.push(rewriting(b, instruction, inputs) ?? copyInstruction(b, instruction, inputs));
	}
	for (const [name, id] of program.outputs) b.output(name, values[id] as Value);
	return b.build();
}
