import { formatShape } from "./dims";
import type { Attribute, Instruction, Program } from "./types";

/** Most constants are scalars or small tables; longer ones are cut so that a program stays readable. */
const SHOWN_VALUES = 8;

/**
 * Readable text of a program, one instruction a line and the outputs at the end:
 * `%3: float32[N, 26, 26, 32] = conv2d(%0, %1) strides=[1, 1] padding=[[0, 0], [0, 0]] dilations=[1, 1]`.
 */
export function printProgram(program: Program): string {
	const lines = program.instructions.map(printInstruction);
	for (const [name, id] of program.outputs) lines.push(`return ${JSON.stringify(name)} = %${id}`);
	return `${lines.join("\n")}\n`;
}

export function printInstruction({ id, op, inputs, attributes, type }: Instruction): string {
	const list = Object.entries(attributes)
		.filter(([name, value]) => value !== undefined && !(op === "constant" && name !== "data"))
		.map(([name, value]) => ` ${name}=${printAttribute(value)}`);
	return `%${id}: ${type.dtype}${formatShape(type.shape)} = ${op}(${inputs.map((input) => `%${input}`).join(", ")})${list.join("")}`;
}

function printAttribute(value: Attribute): string {
	if (ArrayBuffer.isView(value)) {
		const shown = Array.from(value.subarray(0, SHOWN_VALUES), (item) => String(item));
		const rest = value.length - shown.length;
		return `{${shown.join(", ")}${rest > 0 ? `, ... ${rest} more` : ""}}`;
	}
	if (Array.isArray(value)) return `[${value.map(printAttribute).join(", ")}]`;
	return typeof value === "string" ? JSON.stringify(value) : String(value);
}
