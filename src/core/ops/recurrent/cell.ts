import type { Builder } from "../../program/builder";
import type { Value } from "../../program/types";
import type { Attrs, Params } from "../op";

/** A recurrent cell whose weights are at hand: what {@link unrolled} runs at each time step. */
export interface Cell {
	/** Extents of output and states, batch left out. */
	readonly state: readonly number[];
	readonly gates: number;
	/** What the gates take from the input, for all steps at once and side by side on the last axis: [N, T, ...state]. */
	readonly projection: Value;
	/**
	 * One time step.
	 * @param projected the projection at this step, [N, ...state] with the gates side by side
	 * @param states [N, ...state] each; the first is the output of the step before
	 */
	step(projected: Value, states: readonly Value[]): Step;
}

export interface Step {
	/** The states after the step; the first is the output. */
	readonly states: readonly Value[];
	/**
	 * Hands the relevance of the states after the step back by the signal-take-all rule: of a gate times a signal all goes
	 * to the signal, activations pass it on, sums split it in proportion to their summands.
	 * Arras et al. 2017, Explaining recurrent neural network predictions in sentiment analysis; 2019, Explaining and
	 * interpreting LSTMs.
	 */
	relevance(arrived: readonly (Value | undefined)[], share: Share): StepRelevance;
}

/** Relevance for each unit of a sum: relevance / stabilised sum. */
export type Share = (relevance: Value, sum: Value) => Value;

export interface StepRelevance {
	/** Of the states before the step. */
	readonly states: readonly (Value | undefined)[];
	/** For the projection of each gate what its summands are to be multiplied with; `undefined` for those that get nothing. */
	readonly projections: readonly (Value | undefined)[];
}

/** Makes the cell of an op for its input x [N, T, ...]. */
export type CellMaker = (b: Builder, x: Value, params: Params, attrs: Attrs) => Cell;

/** A recurrent op: its cell, and how many states that has. */
export interface Recurrence {
	readonly op: string;
	readonly states: number;
	/** Axes of the input, batch and time included. */
	readonly ranks: readonly number[];
	/** What the axes are called, for messages. */
	readonly axes: string;
	readonly makeCell: CellMaker;
}

/** Adds what is there; `undefined` is nothing. */
export function joined(add: (x: Value, y: Value) => Value, ...parts: readonly (Value | undefined)[]) {
	return parts.reduce((total, part) => (total && part ? add(total, part) : (total ?? part)), undefined);
}
