import type { Builder } from "../../builder";
import type { Instruction, Value, ValueType } from "../../types";
import type { Cut, Region, Regions } from "./region";

/** What surrounds an operand before it is cut: [before, after] for each axis, batch included, and the number there. */
export interface Padding {
	readonly amounts: readonly (readonly [number, number])[];
	readonly value: number;
}

/** An instruction of which only a region is to be computed. */
export interface RegionCall {
	readonly b: Builder;
	readonly instruction: Instruction;
	readonly regions: Regions;
	operandType(index: number): ValueType;
	/** Where the operand may differ; `undefined` when it never does. */
	operandRegion(index: number): Region | undefined;
	/** Weights and constants alone decide the operand. */
	isFixed(index: number): boolean;
	/** The operand as a whole, for operands that are fixed. */
	fixed(index: number): Value;
	/**
	 * The operand cut along some axes, for each example at a place of its own: what differs with what is around it.
	 * An operand that never differs is left with a batch of 1 where no axis is cut.
	 */
	cut(index: number, cuts: readonly (Cut | undefined)[], padding?: Padding): Value;
	/** The same of a value that holds one example: [1, ...]. */
	cutFrom(value: Value, cuts: readonly (Cut | undefined)[]): Value;
}

/** How an op computes a region of its result. */
export interface RegionRule {
	/** Where the result differs when the operands do; `undefined` when only the whole can be told. */
	region(call: RegionCall): Region | undefined;
	/** The region of the result, from what is needed of the operands. */
	emit(call: RegionCall, region: Region): Value;
}
