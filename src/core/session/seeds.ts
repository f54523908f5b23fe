import type { Tensor } from "../../shared/tensor";
import type { Builder } from "../program/builder";
import { BATCH } from "../program/dims";
import type { Value } from "../program/types";
import {
	add,
	argMax,
	binary,
	maximum,
	minimum,
	mul,
	neg,
	oneHot,
	reshape,
	select,
	sub,
	sum,
} from "../program/vocabulary";
import { DIFFERENCE_THRESHOLD, difference, quotient } from "../rules/differences/quotient";
import { type ResolvedUnit, unitMask } from "../units/unit";

/**
 * A unit inside a program. Which elements of the layer it is made of is an input of the program, so that one compiled
 * plan serves all channels and positions of a layer.
 */
export interface UnitParts {
	readonly unit: ResolvedUnit;
	readonly sign: 1 | -1;
}

export type Start = "one" | "value" | "given";

export const maskName = (index: number): string => `unit:${index}`;
export const START_INPUT = "start";

/** What decides about the program: not the channel or the position. */
export function unitKey(parts: readonly UnitParts[]): string {
	return parts
		.map(({ unit, sign }) => `${sign}${unit.value}[${unit.shape.join()}]${unit.reduction === "max" ? "max" : "sum"}`)
		.join(";");
}

/** Inputs of the program for these units and a batch of `n`. */
export function unitInputs(parts: readonly UnitParts[], n: number): Record<string, Tensor> {
	const inputs: Record<string, Tensor> = {};
	for (const [index, { unit }] of parts.entries()) {
		const mask = unitMask(unit);
		const data = new Float32Array(mask.length * n);
		for (let example = 0; example < n; example++) data.set(mask, example * mask.length);
		inputs[maskName(index)] = { dtype: "float32", shape: [n, ...unit.shape], data };
	}
	return inputs;
}

/**
 * Emits the unit's value for each example ([N]) and what starts the backward walk at each value of the graph.
 * The start "value" puts on each element of the unit its own value (relevance starts element by element, as in zennit).
 */
export function emitUnit(
	b: Builder,
	parts: readonly UnitParts[],
	start: Start,
	graphValue: (name: string) => Value,
): EmittedUnit {
	return joined(
		b,
		parts.map((part, index) => emitPart(b, part, index, start, graphValue(part.unit.value))),
		parts,
	);
}

/**
 * As {@link emitUnit} for multipliers: what starts is a difference over a difference. That is the mask itself, but for
 * the largest of several elements: where it rises against the reference, all of it belongs to the element that is
 * largest on the input, where it falls, to the one that was largest on the reference.
 */
export function emitDifference(
	b: Builder,
	parts: readonly UnitParts[],
	start: Start,
	graphValue: (name: string) => Value,
	referenceValue: (name: string) => Value,
): EmittedUnit {
	const emitted = parts.map((part, index): EmittedPart => {
		const { value: name, reduction } = part.unit;
		const own = emitPart(b, part, index, start, graphValue(name));
		if (reduction !== "max" || start !== "one") return own;
		const before = emitPart(b, part, index, start, referenceValue(name));
		const change = mul(b, sub(b, own.value, before.value), part.sign);
		const rise = reshape(b, change, [BATCH, ...own.seed.shape.slice(1).map(() => 1)]);
		const contribution = add(b, mul(b, own.seed, maximum(b, rise, 0)), mul(b, before.seed, minimum(b, rise, 0)));
		const delta = difference(b, graphValue(name), referenceValue(name));
		return { value: own.value, seed: quotient(b, contribution, delta, own.seed, DIFFERENCE_THRESHOLD) };
	});
	return joined(b, emitted, parts);
}

interface EmittedUnit {
	/** [N]. */
	readonly value: Value;
	/** What starts, by the names of the graph's values. */
	readonly seeds: Map<string, Value>;
}

interface EmittedPart {
	/** [N], with the part's sign. */
	readonly value: Value;
	/** Shaped like the layer, with the part's sign. */
	readonly seed: Value;
}

function emitPart(b: Builder, { unit, sign }: UnitParts, index: number, start: Start, held: Value): EmittedPart {
	const shape = [BATCH, ...unit.shape];
	const elements = reshape(b, held, shape);
	const mask = selection(b, elements, b.input(maskName(index), "float32", shape), unit);
	const weighted = mul(b, elements, mask);
	const axes = unit.shape.map((_, axis) => axis + 1);
	const signed = (x: Value) => (sign === 1 ? x : neg(b, x));
	const seed = start === "given" ? b.input(START_INPUT, "float32", shape) : start === "one" ? mask : weighted;
	return {
		value: signed(axes.length === 0 ? weighted : sum(b, weighted, axes)),
		seed: reshape(b, signed(seed), held.shape),
	};
}

function joined(b: Builder, emitted: readonly EmittedPart[], parts: readonly UnitParts[]): EmittedUnit {
	const seeds = new Map<string, Value>();
	let total: Value | undefined;
	for (const [index, { value, seed }] of emitted.entries()) {
		const name = (parts[index] as UnitParts).unit.value;
		const before = seeds.get(name);
		seeds.set(name, before ? add(b, before, seed) : seed);
		total = total ? add(b, total, value) : value;
	}
	if (!total) throw new RangeError("a unit has at least one part");
	return { value: total, seeds };
}

/** The mask itself, or for `max` the first largest of the elements it selects. */
function selection(b: Builder, elements: Value, mask: Value, unit: ResolvedUnit): Value {
	if (unit.reduction !== "max") return mask;
	const count = unit.shape.reduce((product, extent) => product * extent, 1);
	const flat = (x: Value) => reshape(b, x, [BATCH, count]);
	const candidates = select(b, binary(b, "greater", flat(mask), 0), flat(elements), Number.NEGATIVE_INFINITY);
	return reshape(b, oneHot(b, argMax(b, candidates, 1), count), elements.shape);
}

/** The unit's value from the layer's value, outside of any program: [N]. */
export function unitValues(parts: readonly UnitParts[], layers: readonly Tensor[]): Float32Array {
	const n = layers[0]?.shape[0] ?? 0;
	const values = new Float32Array(n);
	for (const [index, { unit, sign }] of parts.entries()) {
		const mask = unitMask(unit);
		const data = layers[index]?.data ?? [];
		for (let example = 0; example < n; example++) {
			let sum = 0;
			let largest = Number.NEGATIVE_INFINITY;
			for (const [at, weight] of mask.entries()) {
				if (weight === 0) continue;
				const element = data[example * mask.length + at] ?? 0;
				sum += weight * element;
				largest = Math.max(largest, element);
			}
			values[example] = (values[example] ?? 0) + sign * (unit.reduction === "max" ? largest : sum);
		}
	}
	return values;
}
