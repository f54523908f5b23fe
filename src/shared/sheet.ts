import type { LaminaErrorData } from "./errors";
import type { ParameterValue, Quantity } from "./methods";
import type { MetricScore } from "./metrics";
import type { AttributionMap, Provenance } from "./result";

/** A method on a contact sheet: its map with what the metrics say of it, or why there is none. */
export interface SheetEntry {
	method: string;
	title: string;
	/** What was asked for; the rest is the registry's. */
	parameters: Readonly<Record<string, ParameterValue>>;
	/** Absent where there is no map. */
	result?: SheetResult;
	refusal?: LaminaErrorData;
}

export interface SheetResult {
	/** The first map of the method. */
	map: AttributionMap;
	quantity: Quantity;
	provenance: Provenance;
	/** Of the first example. */
	scores: readonly MetricScore[];
	/** Why a metric could not be had, by its name. */
	unmeasured: Readonly<Record<string, LaminaErrorData>>;
}

/** How alike maps of one input are, each with each. */
export interface Agreement {
	readonly methods: readonly string[];
	/** Spearman's correlation of the maps. */
	readonly rank: number[][];
	/** Cosine of the angle between them. */
	readonly cosine: number[][];
	/** Share of the most relevant elements that two maps have in common. */
	readonly top: number[][];
}

/** Several methods on one input and one unit. */
export interface Sheet {
	entries: readonly SheetEntry[];
	/** Of the maps that are there, once there are two. */
	agreement?: Agreement;
	/** 0 to 1. */
	progress: number;
}

/**
 * How maps share one scale. `relative`: each is divided by its own largest absolute value, so that patterns can be
 * compared whatever their units. `raw`: the numbers as they are, so that strengths can be compared where units agree.
 */
export type SheetScale = "relative" | "raw";
