import type { ParameterValue, Quantity } from "./methods";
import type { PreprocessSpec } from "./preprocess";
import type { Tensor } from "./tensor";

/** One map: the numbers, and where in the model they belong. */
export interface AttributionMap {
	/** Name of the input or address of the layer that the map belongs to. */
	at: string;
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

/** Everything needed to make the same numbers again. */
export interface Provenance {
	method: string;
	parameters: Record<string, ParameterValue>;
	unit?: string;
	/** Value of the unit on the input. */
	unitValue?: number;
	model: string;
	input?: string;
	preprocess?: PreprocessSpec;
	engine: string;
	seed?: number;
	/** Canonisation passes that were applied. */
	passes: readonly string[];
	completeness?: Completeness;
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
}
