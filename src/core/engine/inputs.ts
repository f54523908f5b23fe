import { InvalidRequestError } from "../../shared/errors";
import { sizeOf, type Tensor } from "../../shared/tensor";
import { bindDim, formatShape } from "../program/dims";
import type { Instruction, Program } from "../program/types";

/**
 * Checks the inputs of a run against the program: names, dtype, rank, extents, and one batch size for all.
 * Engines call it before native code sees anything.
 * @returns the batch size; 1 when no input depends on it
 * @throws InvalidRequestError naming the input, what was found and what was expected
 */
export function checkInputs(program: Program, inputs: Readonly<Record<string, Tensor>>): number {
	const unknown = Object.keys(inputs).find((name) => !program.inputs.has(name));
	if (unknown !== undefined) {
		throw new InvalidRequestError(`There is no input "${unknown}"; the inputs are ${quoted(program.inputs.keys())}.`);
	}
	let batch: { size: number; from: string } | undefined;
	for (const [name, id] of program.inputs) {
		const tensor = inputs[name];
		if (!tensor)
			throw new InvalidRequestError(`Input "${name}" is missing; the inputs are ${quoted(program.inputs.keys())}.`);
		const found = batchOf(name, tensor, program.instructions[id] as Instruction);
		if (found === undefined) continue;
		if (batch && batch.size !== found) {
			throw new InvalidRequestError(
				`Input "${batch.from}" holds ${batch.size} examples, but "${name}" holds ${found}.`,
			);
		}
		batch = { size: found, from: name };
	}
	return batch?.size ?? 1;
}

/** Batch size that one input tells; `undefined` when its shape is free of it. */
function batchOf(name: string, tensor: Tensor, { type }: Instruction): number | undefined {
	const expected = `${type.dtype}${formatShape(type.shape)}`;
	const found = `${tensor.dtype}${formatShape(tensor.shape)}`;
	const mismatch = () => new InvalidRequestError(`Input "${name}" must be ${expected}, but is ${found}.`);
	if (tensor.dtype !== type.dtype || tensor.shape.length !== type.shape.length) throw mismatch();
	if (tensor.data.length !== sizeOf(tensor.shape)) {
		throw new InvalidRequestError(
			`Input "${name}" of shape ${formatShape(tensor.shape)} must hold ${sizeOf(tensor.shape)} values, but holds ${tensor.data.length}.`,
		);
	}
	let batch: number | undefined;
	for (const [axis, dim] of type.shape.entries()) {
		const extent = tensor.shape[axis] as number;
		if (!Number.isInteger(extent) || extent < 0) throw mismatch();
		if (dim < 0) batch ??= extent / -dim;
		if (extent !== bindDim(dim, batch ?? 1)) throw mismatch();
	}
	if (batch !== undefined && (!Number.isInteger(batch) || batch < 1)) throw mismatch();
	return batch;
}

/** @throws InvalidRequestError when an output is asked for that the program does not have */
export function checkOutputs(program: Program, outputs: readonly string[]): void {
	const unknown = outputs.find((name) => !program.outputs.has(name));
	if (unknown !== undefined)
		throw new InvalidRequestError(
			`There is no output "${unknown}"; the outputs are ${quoted(program.outputs.keys())}.`,
		);
}

function quoted(names: Iterable<string>): string {
	const list = [...names].map((name) => JSON.stringify(name));
	return list.length === 0 ? "none" : list.join(", ");
}
