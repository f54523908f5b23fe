import type { Program } from "../types";
import { rewrite } from "./rewrite";

/**
 * The same program where some of its outputs are given: each becomes an input of its name, and what was computed for it
 * alone falls away. They are outputs no longer.
 * @param names of outputs, no two of one value
 */
export function givenValues(program: Program, names: readonly string[]): Program {
	const given = new Map(names.map((name) => [program.outputs.get(name), name]));
	if (given.size < names.length || given.has(undefined))
		throw new RangeError(`${names.join(", ")} are not outputs of values of their own`);
	const outputs = new Map([...program.outputs].filter(([name]) => !names.includes(name)));
	return rewrite({ ...program, outputs }, (b, { id, type }) => {
		const name = given.get(id);
		return name === undefined ? undefined : b.input(name, type.dtype, type.shape);
	});
}
