import type { DType, TensorData } from "../../shared/tensor";

/**
 * Extent of one axis of a program value. Non-negative: known. Negative: a multiple of the batch size N,
 * `-1` is N, `-5` is 5 N (examples times time steps, for instance). Everything but the batch is known when a
 * program is built; the batch is free in a compiled plan.
 */
export type Dim = number;

export interface ValueType {
	readonly dtype: DType;
	readonly shape: readonly Dim[];
}

/** Attributes of an instruction: plain data only, so that programs print, compare and serialise. */
export type Attribute =
	| number
	| boolean
	| string
	| TensorData
	| readonly number[]
	| readonly (readonly number[])[]
	| undefined;
export type Attributes = Readonly<Record<string, Attribute>>;

/** One step of a program in static single assignment form: its id is the value that it makes. */
export interface Instruction {
	readonly id: number;
	/** Name of a {@link Primitive}. */
	readonly op: string;
	/** Ids of earlier instructions. */
	readonly inputs: readonly number[];
	readonly attributes: Attributes;
	readonly type: ValueType;
}

/** A closed computation: inputs and weights to named outputs. */
export interface Program {
	/** In an order in which every instruction follows its inputs. */
	readonly instructions: readonly Instruction[];
	/** Inputs by name; each is an instruction with op `input`. */
	readonly inputs: ReadonlyMap<string, number>;
	readonly outputs: ReadonlyMap<string, number>;
}

/** A value inside a {@link Builder}: what lowering and rules pass around. */
export interface Value {
	readonly id: number;
	readonly dtype: DType;
	readonly shape: readonly Dim[];
}
