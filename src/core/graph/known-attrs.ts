import { InvalidRequestError } from "../../shared/errors";
import type { Builder } from "../program/builder";
import { requireKnown } from "../program/known";
import type { Value } from "../program/types";
import type { Attr, GraphNode } from "./types";

/**
 * Attributes that a file gives as inputs of a node (axes, bounds, repeats): the attr `fromInputs` names them with the
 * index of their input, `{ axes: 1 }`. Their numbers must be known when a program is built.
 */
type FromInputs = Readonly<Record<string, number>>;

/** A node as its op takes it: what came as inputs is attributes. */
export interface ResolvedNode {
	readonly node: GraphNode;
	readonly inputs: readonly Value[];
}

/**
 * One number of a tensor of one element, else a list. An extent that depends on the batch is `{ batch: 2 }` for 2 N.
 * @throws NumbersNeededError when inputs of the model decide the numbers
 */
function numbersOf(b: Builder, value: Value, name: string): Attr {
	const tensor = requireKnown(b, value, name);
	const numbers = tensor.data.map((number, index): Attr => {
		const multiple = tensor.batch?.[index] ?? 0;
		if (multiple !== 0 && number !== 0)
			throw new InvalidRequestError(`${name} depends on the batch size in another way than a multiple of it`);
		return multiple === 0 ? number : { batch: multiple };
	});
	return numbers.length === 1 ? numbers[0] : numbers;
}

/** Puts the numbers of inputs in the place of attributes. @throws NumbersNeededError when they are not known */
export function resolveKnownAttrs(b: Builder, node: GraphNode, inputs: readonly Value[]): ResolvedNode {
	const given = node.attrs.fromInputs;
	if (given === null || typeof given !== "object" || Array.isArray(given)) return { node, inputs };
	const { fromInputs: _, ...attrs } = node.attrs;
	const resolved: Record<string, Attr> = { ...attrs };
	for (const [name, index] of Object.entries(given as FromInputs)) {
		const value = inputs[index];
		if (!value) throw new InvalidRequestError(`the input that gives ${name} is missing`);
		resolved[name] = numbersOf(b, value, name);
	}
	const taken = new Set(Object.values(given as FromInputs));
	// Weights that are computed come behind the op's own inputs.
	const own = attrs.taken;
	if (typeof own === "number") resolved.taken = own - [...taken].filter((index) => index < own).length;
	return {
		node: { ...node, attrs: resolved, inputs: node.inputs.filter((_name, index) => !taken.has(index)) },
		inputs: inputs.filter((_value, index) => !taken.has(index)),
	};
}
