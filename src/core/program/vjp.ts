import { UnsupportedError } from "../../shared/errors";
import type { Builder } from "./builder";
import { primitive } from "./primitives";
import type { Value } from "./types";
import { add } from "./vocabulary";

/**
 * Reverse-mode derivative: emits, for each value in `wrt`, the sum over `outputs` of (d output / d value)^T cotangent.
 * Values that no output depends on get `undefined` (zero). Integer and bool values carry no cotangent.
 * @param outputs what is differentiated, with its cotangent of the same shape
 * @param stopAt values whose own derivative is not followed further (they may still be in `wrt`)
 * @throws UnsupportedError when a primitive on the way is not differentiable
 */
export function vjp(
	b: Builder,
	outputs: readonly (readonly [Value, Value])[],
	wrt: readonly Value[],
	stopAt: readonly Value[] = wrt,
): (Value | undefined)[] {
	const last = Math.max(-1, ...outputs.map(([value]) => value.id));
	const barrier = new Set(stopAt.map((value) => value.id));
	const wanted = new Set(wrt.map((value) => value.id));
	const reaches = reachable(b, wanted, barrier, last);

	const cotangents = new Map<number, Value>();
	const accumulate = (id: number, g: Value) => {
		const sofar = cotangents.get(id);
		cotangents.set(id, sofar ? add(b, sofar, g) : g);
	};
	for (const [value, g] of outputs) accumulate(value.id, g);

	for (let id = last; id >= 0; id--) {
		const g = cotangents.get(id);
		if (!g || !reaches.has(id) || barrier.has(id)) continue;
		const instruction = b.instruction(id);
		if (instruction.inputs.length === 0) continue;
		const definition = primitive(instruction.op);
		const needed = instruction.inputs.map((input) => reaches.has(input));
		if (!definition.vjp) {
			throw new UnsupportedError(
				`${instruction.op} has no derivative, so no gradient can pass it.`,
				undefined,
				"Choose a unit before it, or a method that only needs forward passes (occlusion).",
			);
		}
		const inputs = instruction.inputs.map((input) => b.value(input));
		const gradients = definition.vjp(
			b,
			{ instruction, inputs, result: b.value(id), attributes: instruction.attributes, needed },
			g,
		);
		for (const [index, input] of instruction.inputs.entries()) {
			const gradient = gradients[index];
			if (needed[index] && gradient) accumulate(input, gradient);
		}
	}
	return wrt.map((value) => cotangents.get(value.id));
}

/** Ids up to `last` that depend on a wanted value (the wanted ones included). */
function reachable(b: Builder, wanted: ReadonlySet<number>, barrier: ReadonlySet<number>, last: number): Set<number> {
	const reaches = new Set<number>();
	for (let id = 0; id <= last; id++) {
		const { inputs, type } = b.instruction(id);
		if (wanted.has(id)) reaches.add(id);
		else if (!barrier.has(id) && type.dtype === "float32" && inputs.some((input) => reaches.has(input)))
			reaches.add(id);
	}
	return reaches;
}
