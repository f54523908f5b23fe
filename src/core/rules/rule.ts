import type { GraphLayer, GraphNode } from "../graph/types";
import type { OpDefinition, Params } from "../ops/op";
import type { Builder } from "../program/builder";
import type { Value } from "../program/types";

/** One node on the way back: everything that a rule may look at. */
export interface BackwardStep {
	readonly b: Builder;
	readonly node: GraphNode;
	readonly op: OpDefinition;
	/** Values of the forward pass. */
	readonly inputs: readonly Value[];
	readonly params: Params;
	readonly outputs: readonly Value[];
	/** What arrived at each output: gradient or relevance; `undefined` where nothing did (zero). */
	readonly relevance: readonly (Value | undefined)[];
	/** Which inputs are wanted: a rule need not emit anything for the others. */
	readonly wanted: readonly boolean[];
	/** Which inputs depend on a model input; the others are constants, which explain nothing. */
	readonly varies: readonly boolean[];
}

/**
 * How gradient or relevance passes one op. A rule emits with the same builder that lowering uses.
 * Gradient, guided backpropagation, DeconvNet, LRP, DeepLIFT are all walks with another rule.
 */
export interface Rule {
	readonly id: string;
	backward(step: BackwardStep): (Value | undefined)[];
}

/** Picks the rule of each node: by op kind, layer name, depth. */
export interface Composite {
	/** With its parameters: equal ids pick equal rules, which is what compiled walks are cached by. */
	readonly id: string;
	rule(node: GraphNode, op: OpDefinition, context: CompositeContext): Rule;
}

export interface CompositeContext {
	readonly layer: GraphLayer | undefined;
	/** The node is a first linear op (convolution or dense): a model input reaches it through no other. */
	readonly isFirstLinear: boolean;
	/** The node is a first convolution: a model input reaches it through no other convolution. */
	readonly isFirstConvolution: boolean;
	/** 0 at the first linear op of the model, 1 at the last. */
	readonly depth: number;
}
