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
	/** What the node takes and makes on the reference input; there in walks of a composite that compares with one. */
	readonly reference?: ReferenceValues;
	/** What arrived at each output beside `relevance`, from rules that pass on two numbers: see {@link Rule.spread}. */
	readonly spread: readonly (Value | undefined)[];
	/**
	 * Tells what of the arriving relevance the rule shares out to inputs and biases: what is missing of it was held back by a
	 * stabiliser. There while a ledger is kept.
	 */
	readonly account?: (shared: Value) => void;
	/** The node that makes a value of the graph, by its name; none makes the inputs of the model. */
	sourceOf(value: string): SourceNode | undefined;
}

/** Values of one node in the forward pass on the reference input. */
export interface ReferenceValues {
	readonly inputs: readonly Value[];
	readonly outputs: readonly Value[];
}

/** A node of the forward pass, as rules see it that look further than their own node. */
export interface SourceNode {
	readonly node: GraphNode;
	readonly op: OpDefinition;
	readonly inputs: readonly Value[];
	readonly params: Params;
	readonly outputs: readonly Value[];
	readonly reference?: ReferenceValues;
}

/**
 * How gradient or relevance passes one op. A rule emits with the same builder that lowering uses.
 * Gradient, guided backpropagation, DeconvNet, LRP, DeepLIFT are all walks with another rule.
 */
export interface Rule {
	readonly id: string;
	/** Why the rule passes nothing on; of rules that refuse. */
	refusal?(node: GraphNode): string;
	backward(step: BackwardStep): (Value | undefined)[];
	/**
	 * The second number of rules that tell positive from negative contributions (DeepLIFT RevealCancel): `backward` gives
	 * the mean of the two multipliers, this half their difference. A composite with such a rule has a rule for every node
	 * that takes care of what arrives (`step.spread`), and joins the two where a map is wanted.
	 */
	spread?(step: BackwardStep): (Value | undefined)[];
}

/** Picks the rule of each node: by op kind, layer name, depth. */
export interface Composite {
	/** With its parameters: equal ids pick equal rules, which is what compiled walks are cached by. */
	readonly id: string;
	rule(node: GraphNode, op: OpDefinition, context: CompositeContext): Rule;
	/** The rules compare with a reference input: the walk needs the forward pass on it too. */
	readonly needsReference?: boolean;
	/** Joins what arrived at an input of a node ({@link Rule.spread}) to the one number of a map. */
	join?(step: BackwardStep, input: number, relevance: Value | undefined, spread: Value): Value;
}

export interface CompositeContext {
	readonly layer: GraphLayer | undefined;
	/** The node is a first linear op (convolution or dense): a model input reaches it through no other. */
	readonly isFirstLinear: boolean;
	/** The node is a first convolution: a model input reaches it through no other convolution. */
	readonly isFirstConvolution: boolean;
	/** The node is a last linear op: no other lies between it and the unit. */
	readonly isLastLinear: boolean;
	/** 0 at the first linear op of the model, 1 at the last. */
	readonly depth: number;
}
