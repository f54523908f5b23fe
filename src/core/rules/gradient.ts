import type { Builder } from "../program/builder";
import type { Value } from "../program/types";
import { vjp } from "../program/vjp";
import type { BackwardStep, Rule } from "./rule";

/** The derivative of the op: what backpropagation does. */
export const gradient: Rule = {
	id: "gradient",
	backward: (step) => inputGradients(step, step.relevance),
};

/** Vector-Jacobian product of one node for given cotangents of its outputs; `undefined` for inputs that are not wanted. */
export function inputGradients(step: BackwardStep, cotangents: readonly (Value | undefined)[]): (Value | undefined)[] {
	return vjpOnce(step.b, pairs(step.outputs, cotangents), step.inputs, step.wanted);
}

/** Outputs with their cotangents, those without one left out. */
export function pairs(outputs: readonly Value[], cotangents: readonly (Value | undefined)[]): [Value, Value][] {
	const given: [Value, Value][] = [];
	for (const [index, output] of outputs.entries()) {
		const cotangent = cotangents[index];
		if (cotangent) given.push([output, cotangent]);
	}
	return given;
}

/**
 * As `vjp`, but a value that stands for several inputs (`Add(x, x)`) gets its cotangent once, at the first of them:
 * the caller adds up what it gets for each input.
 * @param held further values that count as constants
 */
export function vjpOnce(
	b: Builder,
	outputs: readonly [Value, Value][],
	inputs: readonly Value[],
	wanted: readonly boolean[],
	held: readonly Value[] = [],
): (Value | undefined)[] {
	const first = new Map<number, number>();
	for (const [index, input] of inputs.entries()) if (wanted[index] && !first.has(input.id)) first.set(input.id, index);
	const indices = [...first.values()];
	const targets = indices.map((index) => inputs[index] as Value);
	const gradients = vjp(b, outputs, targets, [...inputs, ...held]);
	const result: (Value | undefined)[] = inputs.map(() => undefined);
	for (const [position, index] of indices.entries()) result[index] = gradients[position];
	return result;
}
