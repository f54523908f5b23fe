import type { Builder } from "../program/builder";
import { isBatchDim } from "../program/dims";
import { copyInstruction } from "../program/passes/rewrite";
import type { Attributes, Dim, Instruction, Program, Value } from "../program/types";

/**
 * Emits a program as part of another one.
 * @param inputs the values that take the places of its inputs; their first axis counts `times` as many examples as
 * those of the other program's inputs
 * @returns its outputs by name
 */
export function inline(
	b: Builder,
	program: Program,
	inputs: Readonly<Record<string, Value>>,
	times = 1,
): Record<string, Value> {
	const values: Value[] = [];
	for (const instruction of program.instructions) {
		if (instruction.op === "input") {
			const name = String(instruction.attributes.name);
			const value = inputs[name];
			if (!value) throw new RangeError(`nothing stands for the input ${name}`);
			values.push(value);
			continue;
		}
		const operands = instruction.inputs.map((id) => values[id] as Value);
		values.push(copyInstruction(b, multiplied(instruction, times), operands));
	}
	return Object.fromEntries([...program.outputs].map(([name, id]) => [name, values[id] as Value]));
}

/** Attributes that are shapes: `shape`, `inputShape`. */
const SHAPE = /shape$/i;

/** The instruction for `times` as many examples: extents in its attributes that depend on the batch grow with it. */
function multiplied(instruction: Instruction, times: number): Instruction {
	if (times === 1) return instruction;
	const attributes = Object.fromEntries(
		Object.entries(instruction.attributes).map(([name, value]) => [
			name,
			SHAPE.test(name) && Array.isArray(value)
				? (value as Dim[]).map((extent) => (isBatchDim(extent) ? extent * times : extent))
				: value,
		]),
	);
	return { ...instruction, attributes: attributes as Attributes };
}
