import type { LedgerEntry } from "./ledger";
import type { ParameterValue, Quantity } from "./methods";
import type { PreprocessSpec } from "./preprocess";
import type { Tensor } from "./tensor";

/** One map: the numbers, and where in the model they belong. */
export interface AttributionMap {
	/** Name of the input or address of the layer that the map belongs to. */
	at: string;
	/** Tells maps of one place apart, where a method makes several: `5x5`. */
	title?: string;
	/** In the model file's own layout, batch axis included. */
	tensor: Tensor;
	/** Channel axis of `tensor`, -1 for none. */
	channelAxis: number;
}

export interface Completeness {
	/** Sum over all maps. */
	sum: number;
	/** What the sum should be: f(x) - f(baseline), or the relevance that was started with. */
	expected: number;
	/** (sum - expected) / |expected|, or the plain difference where expected is 0. */
	gap: number;
}

/** A unit on the inputs of a request and on the edited ones. */
export interface UnitChange {
	/** Address of the unit. */
	unit: string;
	/** Name of the class, where the unit is one that has a name. */
	label?: string;
	/** Value on each example. */
	before: readonly number[];
	after: readonly number[];
}

/** Everything needed to make the same numbers again. */
export interface Provenance {
	method: string;
	parameters: Record<string, ParameterValue>;
	unit?: string;
	/** Value of the unit on the input. */
	unitValue?: number;
	model: string;
	input?: string;
	/** Reference inputs that were given. */
	baseline?: string;
	/** Masks of features that were given. */
	masks?: string;
	preprocess?: PreprocessSpec;
	engine: string;
	seed?: number;
	/** Canonisation passes that were applied. */
	passes: readonly string[];
	completeness?: Completeness;
	/** What an edit of the input did: the unit first, then the top classes before and after it. */
	changes?: readonly UnitChange[];
	milliseconds: number;
	version: string;
	notices?: readonly string[];
}

export interface ExplanationResult {
	maps: readonly AttributionMap[];
	quantity: Quantity;
	provenance: Provenance;
	/** 0 to 1; below 1 the numbers are partial. */
	progress: number;
	/** What each op did with the relevance, in the order of the walk; where it was asked for and the method walks once. */
	ledger?: readonly LedgerEntry[];
}
