import { Builder } from "../../builder";
import type { Program, Value } from "../../types";
import { pad } from "../../vocabulary";
import { copyInstruction } from "../rewrite";
import type { Padding } from "./region-call";

/** A value of the unedited example that regions are read around: a value of the whole program, maybe padded. */
export interface Base {
	readonly id: number;
	readonly padding: Padding | undefined;
}

/** Equal names are equal bases of one program. */
export const baseName = ({ id, padding }: Base): string =>
	padding ? `base ${id} ${padding.amounts.join(" ")} ${padding.value}` : `base ${id}`;

/** The program that computes bases, under their names, of one example. */
export function basesProgram(program: Program, bases: Iterable<Base>): Program {
	const b = new Builder();
	const values: Value[] = [];
	for (const instruction of program.instructions) {
		const inputs = instruction.inputs.map((input) => values[input] as Value);
		values.push(copyInstruction(b, instruction, inputs));
	}
	for (const base of bases) {
		const value = values[base.id] as Value;
		const { padding } = base;
		b.output(baseName(base), padding ? pad(b, value, padding.amounts, padding.value) : value);
	}
	return b.build();
}
