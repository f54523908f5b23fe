import type { StoredTensor } from "../../weight-file";
import type { LayerDescription } from "../config/model-config";

/** A stored variable that is still to be given to a layer. */
export interface StoredVariable {
	/** As the container tells: `dense/kernel`, `query_dense/vars/0`. Without TensorFlow's `:0`. */
	readonly name: string;
	readonly tensor: StoredTensor;
}

/** The variables of one layer (inner layers included), as its container keeps them. */
export interface VariableScope {
	/** Own variables that are left; those of inner layers too when the container cannot tell them apart. */
	readonly count: number;
	/**
	 * Takes own variables in the order in which Keras keeps them: by name where the container holds names, else by
	 * position. `undefined` for one that is not there.
	 */
	take(names: readonly string[]): (StoredVariable | undefined)[];
	/**
	 * The scope of an inner layer.
	 * @param key attribute that holds it: `forward_layer`, `cells/0`
	 * @param name the inner layer's own name, for containers that hold names
	 * @param className its class, for containers that number their lists by class
	 */
	inner(key: string, name: string | undefined, className: string | undefined): VariableScope;
	/** The scopes of the layers of a model, by layer name. */
	layers(layers: readonly LayerDescription[]): Map<string, VariableScope>;
	/** What nobody took. */
	rest(): StoredVariable[];
}

/** The scope of something that has no variables. */
export const NO_VARIABLES: VariableScope = {
	count: 0,
	take: (names) => names.map(() => undefined),
	inner: () => NO_VARIABLES,
	layers: () => new Map(),
	rest: () => [],
};

/** States of random generators are kept with the weights; they are none. */
export function isGeneratorState(name: string): boolean {
	return /(^|\/)seed_generator/.test(name);
}
