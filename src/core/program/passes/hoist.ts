import { createHash } from "node:crypto";
import { sizeOf } from "../../../shared/tensor";
import { Builder } from "../builder";
import type { Instruction, Program, Value } from "../types";
import { copyInstruction, rewrite } from "./rewrite";

/** A program in two parts: what depends on nothing but weights and constants, and the rest. */
export interface HoistedProgram {
	/** Has no inputs; its outputs are the derived weights, by name. Absent when nothing is worth preparing. */
	readonly prepare: Program | undefined;
	/** Reads the derived weights like any others. */
	readonly main: Program;
	/**
	 * For each derived weight the names of the weights that it is made of. The name itself is a digest of how it is
	 * made: equal names over weights of equal fingerprints hold equal values, in any process.
	 */
	readonly derived: ReadonlyMap<string, readonly string[]>;
}

export const DERIVED_PREFIX = "derived/";

/**
 * Takes what weights and constants alone decide out of the program, so that an engine computes it once a plan: turned
 * or clamped kernels, folded scales. Values that cost next to nothing (views, repetition of small ones) stay inside.
 */
export function hoist(program: Program): HoistedProgram {
	const fixed = fixedValues(program);
	const roots = hoistable(program, fixed);
	if (roots.size === 0) return { prepare: undefined, main: program, derived: new Map() };

	const names = derivedNames(program, roots);
	const derived = new Map([...names].map(([id, name]) => [name, weightsUnder(program, id)]));
	const main = rewrite(program, (b, { id, type }) => {
		const name = names.get(id);
		return name === undefined ? undefined : b.weight(name, type.dtype, type.shape as readonly number[]);
	});
	return { prepare: prepareProgram(program, names), main, derived };
}

/** Values that no input (nor the batch size) has a part in. */
export function fixedValues(program: Program): ReadonlySet<number> {
	const fixed = new Set<number>();
	for (const { id, op, inputs, type } of program.instructions) {
		if (op === "input" || type.shape.some((dim) => dim < 0)) continue;
		if (op === "weight" || op === "constant" || (inputs.length > 0 && inputs.every((input) => fixed.has(input))))
			fixed.add(id);
	}
	return fixed;
}

function hoistable(program: Program, fixed: ReadonlySet<number>): ReadonlySet<number> {
	const roots = new Set<number>();
	const visit = (id: number) => {
		const instruction = program.instructions[id] as Instruction;
		if (!fixed.has(id)) return;
		if (staysInside(program, instruction)) for (const input of instruction.inputs) visit(input);
		else roots.add(id);
	};
	for (const { id, inputs } of program.instructions) if (!fixed.has(id)) for (const input of inputs) visit(input);
	for (const id of program.outputs.values()) visit(id);
	return roots;
}

function staysInside(program: Program, { op, inputs, type }: Instruction): boolean {
	if (op === "weight" || op === "constant" || op === "reshape") return true;
	// Weights are numbers; a repeated value would only take memory.
	const largest = Math.max(...inputs.map((input) => sizeOf((program.instructions[input] as Instruction).type.shape)));
	return type.dtype === "bool" || ((op === "broadcastTo" || op === "tile") && sizeOf(type.shape) > largest);
}

function derivedNames(program: Program, roots: ReadonlySet<number>): Map<number, string> {
	const digests = new Map<number, string>();
	const digest = (id: number): string => {
		const known = digests.get(id);
		if (known) return known;
		const { op, inputs, attributes, type } = program.instructions[id] as Instruction;
		const hash = createHash("sha256").update(`${op} ${type.dtype} ${type.shape.join()} ${inputs.map(digest).join()}`);
		for (const name of Object.keys(attributes).sort()) {
			const value = attributes[name];
			hash.update(`${name}=`);
			if (ArrayBuffer.isView(value)) hash.update(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
			// JSON has no NaN, infinity or -0.
			else
				hash.update(
					typeof value === "number" ? (Object.is(value, -0) ? "-0" : String(value)) : (JSON.stringify(value) ?? ""),
				);
		}
		const made = hash.digest("hex").slice(0, 24);
		digests.set(id, made);
		return made;
	};
	return new Map([...roots].map((id) => [id, `${DERIVED_PREFIX}${digest(id)}`]));
}

function weightsUnder(program: Program, root: number): string[] {
	const names = new Set<string>();
	const seen = new Set<number>();
	const stack = [root];
	for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
		if (seen.has(id)) continue;
		seen.add(id);
		const { op, inputs, attributes } = program.instructions[id] as Instruction;
		if (op === "weight") names.add(String(attributes.name));
		stack.push(...inputs);
	}
	return [...names].sort();
}

function prepareProgram(program: Program, names: ReadonlyMap<number, string>): Program {
	const b = new Builder();
	const values = new Map<number, Value>();
	const emit = (id: number): Value => {
		const known = values.get(id);
		if (known) return known;
		const instruction = program.instructions[id] as Instruction;
		const value = copyInstruction(b, instruction, instruction.inputs.map(emit));
		values.set(id, value);
		return value;
	};
	for (const [id, name] of [...names].sort(([a], [c]) => a - c)) b.output(name, emit(id));
	return b.build();
}
