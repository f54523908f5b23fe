import type { Tensor } from "../../shared/tensor";
import type { Inputs } from "./inputs";

/** Bytes of inputs and values that are kept: 64 pictures of 224 x 224 x 3 with the maps of a late layer. */
const MOST_BYTES = 64 * 2 ** 20;

/** Inputs that are told apart: each question is held against all of them. */
const MOST_INPUTS = 64;

interface Known {
	readonly inputs: Inputs;
	readonly values: ReadonlyMap<string, Tensor>;
}

interface Entry extends Known {
	readonly values: Map<string, Tensor>;
}

/**
 * What some values of the graph are on inputs that were computed before. Inputs are told by their numbers, not by whose
 * they are: tensors may be changed in place.
 */
export class KnownValues {
	/** The last one used comes last. */
	private entries: Entry[] = [];

	/** @param others are looked at too; nothing is added to them */
	constructor(private readonly others?: KnownValues) {}

	/** Values by name, all of them or none; they are not to be changed. */
	find(inputs: Inputs, names: readonly string[]): Tensor[] | undefined {
		const values = this.entryOf(inputs)?.values;
		if (values && names.every((name) => values.has(name))) return names.map((name) => values.get(name) as Tensor);
		return this.others?.find(inputs, names);
	}

	/** Keeps copies, unless they are too many; the values that were used longest ago are given up. */
	keep(inputs: Inputs, values: ReadonlyMap<string, Tensor>): void {
		if (bytesOf({ inputs, values }) > MOST_BYTES / 4) return;
		const known = this.entryOf(inputs);
		const entry = known ?? { inputs: copiesOf(inputs), values: new Map<string, Tensor>() };
		for (const [name, value] of values) entry.values.set(name, copyOf(value));
		if (!known) this.entries.push(entry);
		while (this.entries.length > MOST_INPUTS || this.entries.reduce((sum, own) => sum + bytesOf(own), 0) > MOST_BYTES)
			this.entries.shift();
	}

	private entryOf(inputs: Inputs): Entry | undefined {
		const found = [...this.entries].reverse().find((entry) => areEqual(entry.inputs, inputs));
		if (found) this.entries = [...this.entries.filter((entry) => entry !== found), found];
		return found;
	}
}

export function copyOf({ dtype, shape, data }: Tensor): Tensor {
	return { dtype, shape, data: data.slice() };
}

function copiesOf(tensors: Inputs): Record<string, Tensor> {
	return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, copyOf(tensor)]));
}

function bytesOf({ inputs, values }: Known): number {
	return [...Object.values(inputs), ...values.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
}

function areEqual(a: Inputs, b: Inputs): boolean {
	const names = Object.keys(a);
	return (
		names.length === Object.keys(b).length &&
		names.every((name) => {
			const [own, other] = [a[name], b[name]];
			return (
				own !== undefined &&
				other !== undefined &&
				own.dtype === other.dtype &&
				own.shape.join() === other.shape.join() &&
				bytesAt(own).equals(bytesAt(other))
			);
		})
	);
}

const bytesAt = ({ data }: Tensor) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
