import type { SymbolicShape } from "../../shared/model";
import type { Attr } from "../graph/types";
import type { Builder } from "../program/builder";
import type { Value } from "../program/types";

/**
 * How relevance can pass an op. Rules are written for kinds.
 * - `linear`: affine in its data inputs for fixed params (dense, convolution, average pooling, batch norm, padding, add)
 * - `elementwise`: one data input, each output element depends on one input element (ReLU, tanh)
 * - `route`: each output element is one of the input elements (max pooling, max, select)
 * - `bilinear`: a product of data inputs (multiply, attention's matrix products)
 * - `normalise`: divides by statistics of its own input (layer norm, RMS norm)
 * - `softmax`
 * - `recurrent`: the steps of a cell, one after the other; the cell knows how relevance passes a step
 * - `shape`: moves elements without changing them (reshape, transpose, concatenate, slice)
 * - `opaque`: none of these; only the gradient is defined
 */
export type OpKind =
	| "linear"
	| "elementwise"
	| "route"
	| "bilinear"
	| "normalise"
	| "softmax"
	| "recurrent"
	| "shape"
	| "opaque";

export type Attrs = Readonly<Record<string, Attr>>;
export type Params = Readonly<Record<string, Value>>;

/**
 * An op of the graph, described once: its kind and its forward pass. The shape is the program builder's inference over
 * the forward pass; the gradient is the program's vector-Jacobian product of it; relevance rules follow from the kind.
 * For a `linear` op a rule calls `forward` again with changed params (positive part, zero bias) and takes its adjoint
 * by the same vector-Jacobian product: an op never writes a rule of its own unless the kind does not fit.
 */
export interface OpDefinition {
	readonly op: string;
	readonly kind: OpKind;
	/** Emits the forward pass. One value for each output. */
	forward(b: Builder, inputs: readonly Value[], params: Params, attrs: Attrs): Value[];
	/**
	 * Emits again what a `normalise` op divides by (as factor or divisor), the same values as in its forward pass: held
	 * as constants, they leave a linear op.
	 */
	readonly statistics?: (b: Builder, inputs: readonly Value[], params: Params, attrs: Attrs) => Value[];
	/** Params that are added to the result rather than multiplied with an input: what "zero bias" zeroes. */
	readonly biasParams?: readonly string[];
	/**
	 * Relevance rule families treat this op as this one, by zennit's layer kinds. `undefined` for ops without one.
	 * Composites map these to rules.
	 */
	readonly family?: "convolution" | "dense" | "batch-norm" | "activation" | "average-pooling" | "max-pooling" | "sum";
}

export type { SymbolicShape };
