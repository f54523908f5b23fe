import type { Builder } from "./builder";
import type { Attributes, Instruction, Value, ValueType } from "./types";

/**
 * One tensor op of the closed set: its shape and its derivative stand side by side. How it is computed is
 * the engines' business (engine/eager/kernels, engine/session/emitters), each of which must know every primitive;
 * the parity test walks this registry.
 */
export interface Primitive {
	readonly name: string;
	/** Type of the result. @throws InvalidRequestError naming the shapes that do not fit. */
	type(inputs: readonly ValueType[], attributes: Attributes): ValueType;
	/**
	 * Vector-Jacobian product: emits the cotangent of each input for the cotangent `g` of the result;
	 * `undefined` for an input that has none (indices, comparisons) or whose derivative is 0 wherever it exists
	 * (rounding), and for inputs that are not `call.needed`.
	 * Absent: not differentiable, no gradient passes.
	 * @throws UnsupportedError when a needed cotangent cannot be expressed in the closed set
	 */
	vjp?(b: Builder, call: PrimitiveCall, g: Value): (Value | undefined)[];
	/** Floating-point operations for a batch of one; absent: one for each element of the result. */
	flops?(inputs: readonly ValueType[], result: ValueType, attributes: Attributes): number;
}

export interface PrimitiveCall {
	readonly instruction: Instruction;
	readonly inputs: readonly Value[];
	readonly result: Value;
	readonly attributes: Attributes;
	/** Which inputs a cotangent is wanted for; the others may be left `undefined`. */
	readonly needed: readonly boolean[];
}
