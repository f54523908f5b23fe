import { InvalidRequestError } from "../../shared/errors";
import type { DType } from "../../shared/tensor";
import { formatShape } from "./dims";
import { primitive } from "./primitives";
import type { Attributes, Dim, Instruction, Program, Value, ValueType } from "./types";

/**
 * Builds a {@link Program}. Lowering and rules both emit through it, so that neither ever sees an engine.
 * The readable vocabulary (`add(b, x, y)`, `conv(b, ...)`, `reshape(b, ...)`) is in ./vocabulary.
 */
export class Builder {
	private readonly instructions: Instruction[] = [];
	private readonly inputIds = new Map<string, number>();
	private readonly outputIds = new Map<string, number>();
	private readonly known = new Map<string, number>();

	/** A named input of the program. The same name twice is the same value. */
	input(name: string, dtype: DType, shape: readonly Dim[]): Value {
		const existing = this.inputIds.get(name);
		if (existing !== undefined) return this.value(existing);
		const value = this.append("input", [], { name }, { dtype, shape });
		this.inputIds.set(name, value.id);
		return value;
	}

	/** A weight of the model, by its name in the weight store. */
	weight(name: string, dtype: DType, shape: readonly number[]): Value {
		return this.append("weight", [], { name }, { dtype, shape });
	}

	/** Emits one primitive. Equal instructions are emitted once (common subexpressions are shared as they are built). */
	emit(op: string, inputs: readonly Value[], attributes: Attributes = {}): Value {
		const definition = primitive(op);
		for (const input of inputs) {
			if (this.instructions[input.id]?.type.shape !== input.shape) {
				throw new InvalidRequestError(`${op} was given a value of another program`);
			}
		}
		let type: ValueType;
		try {
			type = definition.type(inputs, attributes);
		} catch (cause) {
			const shapes = inputs.map((input) => `${input.dtype}${formatShape(input.shape)}`).join(", ");
			throw new InvalidRequestError(`${op}(${shapes}): ${cause instanceof Error ? cause.message : cause}`);
		}
		return this.append(
			op,
			inputs.map((input) => input.id),
			attributes,
			type,
		);
	}

	/** Names a result of the program. */
	output(name: string, value: Value): void {
		this.outputIds.set(name, value.id);
	}

	/** The instruction that made a value. */
	instruction(value: Value | number): Instruction {
		const id = typeof value === "number" ? value : value.id;
		const found = this.instructions[id];
		if (!found) throw new RangeError(`the program has no value %${id}`);
		return found;
	}

	value(id: number): Value {
		const { type } = this.instruction(id);
		return { id, dtype: type.dtype, shape: type.shape };
	}

	/** Number of instructions so far: values with smaller ids were made before. */
	get length(): number {
		return this.instructions.length;
	}

	/** The program with only what the outputs need, renumbered; inputs are kept even when nothing reads them. */
	build(): Program {
		const needed = new Set<number>(this.inputIds.values());
		const stack = [...this.outputIds.values()];
		for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
			if (needed.has(id) && this.instruction(id).op !== "input") continue;
			needed.add(id);
			for (const input of this.instruction(id).inputs) if (!needed.has(input)) stack.push(input);
		}
		const renumbered = new Map<number, number>();
		const instructions: Instruction[] = [];
		for (const id of [...needed].sort((a, b) => a - b)) {
			const old = this.instruction(id);
			renumbered.set(id, instructions.length);
			instructions.push({
				...old,
				id: instructions.length,
				inputs: old.inputs.map((input) => renumbered.get(input) as number),
			});
		}
		const rename = (names: Map<string, number>) =>
			new Map([...names].map(([name, id]) => [name, renumbered.get(id) as number]));
		return { instructions, inputs: rename(this.inputIds), outputs: rename(this.outputIds) };
	}

	private append(op: string, inputs: readonly number[], attributes: Attributes, type: ValueType): Value {
		const key = instructionKey(op, inputs, attributes, type);
		const existing = key === undefined ? undefined : this.known.get(key);
		if (existing !== undefined) return this.value(existing);
		const id = this.instructions.length;
		this.instructions.push({ id, op, inputs, attributes, type });
		if (key !== undefined) this.known.set(key, id);
		return { id, dtype: type.dtype, shape: type.shape };
	}
}

/** Equal keys compute equal values; `undefined` for constants too large to be compared cheaply. */
function instructionKey(
	op: string,
	inputs: readonly number[],
	attributes: Attributes,
	type: ValueType,
): string | undefined {
	for (const attribute of Object.values(attributes))
		if (ArrayBuffer.isView(attribute) && attribute.length > 64) return undefined;
	const values = Object.keys(attributes)
		.sort()
		.map((name) => {
			const attribute = attributes[name];
			return `${name}=${ArrayBuffer.isView(attribute) ? `${attribute.constructor.name}:${Array.from(attribute, (x) => (Object.is(x, -0) ? "-0" : String(x))).join()}` : typeof attribute === "number" ? String(attribute) : JSON.stringify(attribute)}`;
		});
	return `${op}(${inputs.join()}){${values.join()}}${type.dtype}[${type.shape.join()}]`;
}
