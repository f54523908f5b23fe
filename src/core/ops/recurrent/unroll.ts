import { InvalidRequestError, UnsupportedError } from "../../../shared/errors";
import type { Builder } from "../../program/builder";
import type { Dim, Value } from "../../program/types";
import { cast, concat, expandDims, full, reshape, select } from "../../program/vocabulary";
import { flagAttr } from "../attributes";
import { asFloat, inputAt, knownExtent } from "../numbers";
import type { Attrs, OpDefinition } from "../op";
import { splitAxis } from "../shape/split";
import type { Cell, CellMaker } from "./cell";

/** Each step is about twenty instructions, and three times as many in the backward pass. */
const MOST_STEPS = 4096;

/**
 * A recurrent layer: the steps, whose number is known when a program is built, one after the other.
 * inputs: x [N, T, features]; the states at the start, [N, units] each (attr `initialState`; otherwise zeros); a mask
 * [N, T] (attr `masked`). attrs: `goBackwards` (last step first, and the outputs in that order), `returnSequences`,
 * `zeroOutputForMask`, and those of the cell.
 * outputs: the output of every step [N, T, units] or of the last one [N, units]; the states after the last step.
 * A masked step leaves the states as they are and gives the output of the step before again (zeros at the start), or
 * zeros with `zeroOutputForMask`: `rnn` of Keras 3.15, backend/tensorflow/rnn.py.
 */
export function recurrent(op: string, stateCount: number, makeCell: CellMaker): OpDefinition {
	return {
		op,
		kind: "opaque",
		forward(b, inputs, params, attrs) {
			const x = asFloat(b, inputAt(inputs, 0));
			if (x.shape.length !== 3)
				throw new InvalidRequestError(`rows [batch, steps, features] were expected; there are ${x.shape.length} axes`);
			checkSteps(knownExtent(x, 1));
			const cell = makeCell(b, x, params, attrs);
			const hasState = flagAttr(attrs, "initialState");
			const states = Array.from({ length: stateCount }, (_, index) =>
				hasState ? checkedState(b, inputAt(inputs, 1 + index), cell) : full(b, [x.shape[0] as Dim, cell.units], 0),
			);
			const mask = flagAttr(attrs, "masked") ? inputAt(inputs, 1 + (hasState ? stateCount : 0)) : undefined;
			return unrolled(b, cell, states, mask && checkedMask(b, mask, x), attrs);
		},
	};
}

function unrolled(b: Builder, cell: Cell, start: Value[], mask: Value | undefined, attrs: Attrs): Value[] {
	const projected = cell.projections.map((projection) => unstacked(b, projection));
	const masks = mask && unstacked(b, expandDims(b, mask, -1));
	const steps = knownExtent(cell.projections[0] as Value, 1);
	const order = Array.from({ length: steps }, (_, t) => (flagAttr(attrs, "goBackwards") ? steps - 1 - t : t));
	const zeros = full(b, [(start[0] as Value).shape[0] as Dim, cell.units], 0);
	const repeats = !flagAttr(attrs, "zeroOutputForMask");
	let states = start;
	let output = zeros;
	const outputs: Value[] = [];
	for (const t of order) {
		const next = cell.step(
			projected.map((values) => values[t] as Value),
			states,
		);
		const open = masks?.[t];
		const before = states;
		output = open ? select(b, open, next[0] as Value, repeats ? output : zeros) : (next[0] as Value);
		states = open ? next.map((state, index) => select(b, open, state, before[index] as Value)) : next;
		outputs.push(output);
	}
	if (!flagAttr(attrs, "returnSequences")) return [output, ...states];
	const rows = outputs.map((value) => expandDims(b, value, 1));
	return [concat(b, rows, 1), ...states];
}

/**
 * The elements [N, F] along axis 1 of [N, T, F]. Halves are halved again: the derivative of a slice is as large as what
 * it is taken of, so that T slices of the whole would take time and memory in proportion to T squared.
 */
function unstacked(b: Builder, x: Value): Value[] {
	const extent = knownExtent(x, 1);
	if (extent === 1) return [reshape(b, x, [x.shape[0] as Dim, x.shape[2] as Dim])];
	const half = Math.floor(extent / 2);
	return splitAxis(b, x, 1, [half, extent - half]).flatMap((part) => unstacked(b, part));
}

function checkSteps(steps: number): void {
	if (steps < 1) throw new InvalidRequestError("a sequence without steps was given; at least one was expected");
	if (steps > MOST_STEPS)
		throw new UnsupportedError(
			`a sequence of ${steps} steps is longer than what a recurrent layer is computed for, ${MOST_STEPS} steps`,
			undefined,
			"Give the model a shorter sequence.",
		);
}

function checkedState(b: Builder, state: Value, { units }: Cell): Value {
	if (state.shape.length !== 2 || state.shape[1] !== units)
		throw new InvalidRequestError(`a state has the shape [${state.shape.join(", ")}]; ${units} units were expected`);
	return asFloat(b, state);
}

function checkedMask(b: Builder, mask: Value, x: Value): Value {
	if (mask.shape.length !== 2 || mask.shape[1] !== x.shape[1])
		throw new InvalidRequestError(`the mask has the shape [${mask.shape.join(", ")}]; one entry a step was expected`);
	return cast(b, mask, "bool");
}
