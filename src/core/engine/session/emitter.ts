import type { Attributes, ValueType } from "../../program/types";
import type { GraphWriter, Ref } from "./graph-writer";

/** One instruction as an emitter sees it. */
export interface Emission {
	readonly graph: GraphWriter;
	readonly inputs: readonly Ref[];
	readonly attributes: Attributes;
	/** Type of the result. */
	readonly type: ValueType;
}

/** Writes one primitive as TensorFlow nodes. Types were checked when the program was built. */
export type Emitter = (call: Emission) => Ref;

/** Emitters by the name of their primitive. */
export type EmitterFamily = Readonly<Record<string, Emitter>>;

/** The operand at `index`; programs are checked when they are built, so it is there. */
export function operand(call: Emission, index: number): Ref {
	const input = call.inputs[index];
	if (!input) throw new RangeError(`operand ${index} is missing`);
	return input;
}
