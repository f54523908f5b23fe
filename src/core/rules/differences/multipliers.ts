import { UnsupportedError } from "../../../shared/errors";
import type { Builder } from "../../program/builder";
import type { Value } from "../../program/types";
import { add } from "../../program/vocabulary";
import type { Twins } from "./call";
import { DIFFERENCE_RULES } from "./primitive-rules";

/**
 * Multipliers of a piece of a program: for each wanted input a tensor m, so that the sum of m * (input - its reference)
 * over all of them is that of cotangent * (output - its reference). The walk is that of `vjp`, with the difference
 * rule of each primitive in place of its derivative.
 * @param cotangents multipliers of the outputs; `undefined` is zero
 * @param rules of the primitives
 * @throws UnsupportedError naming a primitive that has no difference rule
 */
export function multipliers(
	b: Builder,
	{ inputs, outputs, reference }: Twins,
	cotangents: readonly (Value | undefined)[],
	wanted: readonly boolean[],
	threshold: number,
	rules = DIFFERENCE_RULES,
): (Value | undefined)[] {
	const twins = pairTwins(b, { inputs, outputs, reference });
	const barrier = new Set(inputs.map((input) => input.id));
	const sources = new Set(inputs.flatMap((input, index) => (wanted[index] ? [input.id] : [])));
	const differing = new Set(
		inputs.flatMap((input, index) => (input.id !== reference.inputs[index]?.id ? [input.id] : [])),
	);
	const order = [...twins.keys()].sort((a, c) => a - c);
	const reaches = dependants(b, order, sources, barrier);
	const varies = dependants(b, order, differing, barrier);

	const arrived = new Map<number, Value>();
	const put = (id: number, g: Value) => {
		const before = arrived.get(id);
		arrived.set(id, before ? add(b, before, g) : g);
	};
	for (const [index, output] of outputs.entries()) if (cotangents[index]) put(output.id, cotangents[index]);
	for (const id of order.reverse()) {
		const g = arrived.get(id);
		if (!g || barrier.has(id) || !reaches.has(id)) continue;
		const instruction = b.instruction(id);
		const needed = instruction.inputs.map((input) => reaches.has(input) && b.value(input).dtype === "float32");
		if (!needed.includes(true)) continue;
		const rule = rules.get(instruction.op);
		if (!rule)
			throw new UnsupportedError(
				`${instruction.op} has no rule for differences from a reference.`,
				undefined,
				"Choose a unit before it, or a method that only needs forward passes (occlusion).",
			);
		const call = {
			instruction,
			inputs: instruction.inputs.map((input) => b.value(input)),
			result: b.value(id),
			attributes: instruction.attributes,
			needed,
			varies: instruction.inputs.map((input) => varies.has(input)),
			reference: {
				inputs: instruction.inputs.map((input) => b.value(twins.get(input) as number)),
				result: b.value(twins.get(id) as number),
			},
			threshold,
			multipliersOf: (piece: Twins, given: readonly (Value | undefined)[], which: readonly boolean[]) =>
				multipliers(b, piece, given, which, threshold, rules),
		};
		for (const [index, part] of rule(b, call, g).entries())
			if (part && needed[index]) put(instruction.inputs[index] as number, part);
	}
	// A value that stands for several inputs gets its multiplier once: the caller adds up what it gets for each.
	const given = new Set<number>();
	return inputs.map((input, index) => {
		if (!wanted[index] || given.has(input.id)) return undefined;
		given.add(input.id);
		return arrived.get(input.id);
	});
}

/** For each instruction of the piece the one that computes the same on the reference. Both passes were emitted by the same code. */
function pairTwins(b: Builder, { inputs, outputs, reference }: Twins): Map<number, number> {
	const twins = new Map<number, number>();
	for (const [index, input] of inputs.entries()) twins.set(input.id, (reference.inputs[index] as Value).id);
	const stack = outputs.map((output, index): [number, number] => [output.id, (reference.outputs[index] as Value).id]);
	for (let pair = stack.pop(); pair; pair = stack.pop()) {
		const [id, twin] = pair;
		if (twins.has(id)) continue;
		twins.set(id, twin);
		const own = b.instruction(id);
		const other = b.instruction(twin);
		if (own.op !== other.op || own.inputs.length !== other.inputs.length)
			throw new RangeError(`the forward pass on the reference differs: ${own.op} and ${other.op}`);
		for (const [index, input] of own.inputs.entries()) stack.push([input, other.inputs[index] as number]);
	}
	return twins;
}

/** Instructions of the piece that depend on one of the sources, these included. */
function dependants(
	b: Builder,
	order: readonly number[],
	sources: ReadonlySet<number>,
	barrier: ReadonlySet<number>,
): Set<number> {
	const found = new Set<number>();
	for (const id of order)
		if (sources.has(id) || (!barrier.has(id) && b.instruction(id).inputs.some((input) => found.has(input))))
			found.add(id);
	return found;
}
