import type { Program } from "../types";
import { rewrite } from "./rewrite";
import { foldConstant } from "./simplify-constants";
import { RULES } from "./simplify-rules";

/**
 * The same program with less work: identities fall away, views join, operands that an op repeats by itself are not
 * repeated before it, small constants are computed, dead code goes. Equal bit for bit, but that folded constants are
 * computed in double and rounded once, and that a convolution of what is the same for all examples may be summed in
 * another order for one. What a `select` takes of NaN may be its other side.
 */
export function simplify(program: Program): Program {
	let simplified = program;
	let changes: number;
	do {
		changes = 0;
		simplified = rewrite(simplified, (b, instruction, inputs) => {
			const better = foldConstant(b, instruction, inputs) ?? RULES[instruction.op]?.(b, instruction, inputs);
			if (better) changes++;
			return better;
		});
	} while (changes > 0);
	return simplified;
}
