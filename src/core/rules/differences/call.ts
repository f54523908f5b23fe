import type { Builder } from "../../program/builder";
import type { PrimitiveCall } from "../../program/primitive";
import { primitive } from "../../program/primitives";
import type { Value } from "../../program/types";
import { full } from "../../program/vocabulary";
import type { ReferenceValues } from "../rule";

/** A piece of the forward pass and its twin on the reference input. */
export interface Twins extends ReferenceValues {
	readonly reference: ReferenceValues;
}

/** One instruction of the forward pass beside its twin on the reference input. */
export interface DifferenceCall extends PrimitiveCall {
	readonly reference: { readonly inputs: readonly Value[]; readonly result: Value };
	/** Which inputs differ on the reference input; the others are the same value. */
	readonly varies: readonly boolean[];
	/** Differences up to this are too small to divide by. */
	readonly threshold: number;
	/** Multipliers of a piece that computes the same of simpler primitives. */
	multipliersOf(
		piece: Twins,
		cotangents: readonly (Value | undefined)[],
		wanted: readonly boolean[],
	): (Value | undefined)[];
}

/**
 * How multipliers pass one primitive: as its vector-Jacobian product, with differences in place of derivatives. For
 * each input a multiplier, so that the sum of multiplier times difference is `g` times the difference of the result.
 */
export type DifferenceRule = (b: Builder, call: DifferenceCall, g: Value) => (Value | undefined)[];

/** The derivative at given operands: what the primitive's own rule says. */
export function derivative(
	b: Builder,
	{ instruction, attributes, needed }: PrimitiveCall,
	inputs: readonly Value[],
	result: Value,
	g: Value,
): (Value | undefined)[] {
	return primitive(instruction.op).vjp?.(b, { instruction, inputs, result, attributes, needed }, g) ?? [];
}

/** A cotangent, zero where there is none. */
export const orZero = (b: Builder, cotangent: Value | undefined, like: Value): Value =>
	cotangent ?? full(b, like.shape, 0);
