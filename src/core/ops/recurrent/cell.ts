import type { Builder } from "../../program/builder";
import type { Value } from "../../program/types";
import type { Attrs, Params } from "../op";

/** A recurrent cell whose weights are at hand: what {@link unrolled} runs at each time step. */
export interface Cell {
	/** Extent of output and states. */
	readonly units: number;
	/** What the gates take from the input, for all steps at once: one [N, T, units] for each gate. */
	readonly projections: readonly Value[];
	/**
	 * One time step.
	 * @param projected the projections at this step, [N, units] each
	 * @param states [N, units] each; the first is the output of the step before
	 * @returns the states after the step; the first is the output
	 */
	step(projected: readonly Value[], states: readonly Value[]): Value[];
}

/** Makes the cell of an op for its input x [N, T, features]. */
export type CellMaker = (b: Builder, x: Value, params: Params, attrs: Attrs) => Cell;
