import { InvalidRequestError, UnsupportedError } from "../../../shared/errors";
import type { Builder } from "../../program/builder";
import type { Dim, Value } from "../../program/types";
import { cast, concat, expandDims, full, reshape, select } from "../../program/vocabulary";
import { flagAttr } from "../attributes";
import { asFloat, inputAt, knownExtent } from "../numbers";
import type { Attrs, OpDefinition, Params } from "../op";
import { splitAxis } from "../shape/split";
import { isChannelsFirst, toChannelsFirst, toChannelsLast } from "../spatial/layout";
import type { Cell, Recurrence, Step } from "./cell";

/** Each step is about twenty instructions, and two or three times as many in the backward pass. */
const MOST_STEPS = 4096;

/**
 * A recurrent layer: the steps, whose number is known when a program is built, one after the other.
 * inputs: x [N, T, ...]; the states at the start, [N, ...state] each (attr `initialState`; otherwise zeros); a mask
 * [N, T] (attr `masked`). attrs: `goBackwards` (last step first, and the outputs in that order), `returnSequences`,
 * `zeroOutputForMask`, and those of the cell.
 * outputs: the output of every step [N, T, ...state] or of the last one [N, ...state]; the states after the last step.
 * A masked step leaves the states as they are and gives the output of the step before again (zeros at the start), or
 * zeros with `zeroOutputForMask`: `rnn` of Keras 3.15, backend/tensorflow/rnn.py.
 */
export function recurrent(recurrence: Recurrence): OpDefinition {
	return {
		op: recurrence.op,
		kind: "recurrent",
		forward: (b, inputs, params, attrs) => outputsOf(b, unroll(b, recurrence, inputs, params, attrs), attrs),
	};
}

/** A recurrent op with all its steps. */
export interface Unrolled {
	readonly cell: Cell;
	readonly x: Value;
	/** Steps in the order in which they run. */
	readonly steps: readonly UnrolledStep[];
	/** Output and states after the last step; states are channels last. */
	readonly output: Value;
	readonly states: readonly Value[];
}

export interface UnrolledStep extends Step {
	/** Its place in time. */
	readonly at: number;
	/** Whether the step counts, bool with as many axes as a state; `undefined` when every step does. */
	readonly open: Value | undefined;
	/** The output of the layer at this step: that of the cell, or what stands for it where the mask is closed. */
	readonly output: Value;
}

/** Emits the steps. Emitted twice, they are the same values. */
export function unroll(
	b: Builder,
	{ states: count, ranks, axes, makeCell }: Recurrence,
	inputs: readonly Value[],
	params: Params,
	attrs: Attrs,
): Unrolled {
	const x = asFloat(b, inputAt(inputs, 0));
	if (!ranks.includes(x.shape.length))
		throw new InvalidRequestError(`${axes} were expected; there are ${x.shape.length} axes`);
	const extent = knownExtent(x, 1);
	checkSteps(extent);
	const cell = makeCell(b, x, params, attrs);
	const zeros = full(b, [x.shape[0] as Dim, ...cell.state], 0);
	const hasState = flagAttr(attrs, "initialState");
	let states: readonly Value[] = Array.from({ length: count }, (_, index) =>
		hasState ? checkedState(b, inputAt(inputs, 1 + index), cell, attrs) : zeros,
	);
	const mask = flagAttr(attrs, "masked") ? inputAt(inputs, 1 + (hasState ? count : 0)) : undefined;
	const masks = mask && masksOf(b, mask, x, cell.state.length);
	const projected = unstacked(b, cell.projection);
	const repeats = !flagAttr(attrs, "zeroOutputForMask");
	let output = zeros;
	const steps = stepOrder(extent, attrs).map((at): UnrolledStep => {
		const step = cell.step(projected[at] as Value, states);
		const open = masks?.[at];
		const [made] = step.states as [Value, ...Value[]];
		const before = states;
		output = open ? select(b, open, made, repeats ? output : zeros) : made;
		states = open ? step.states.map((state, index) => select(b, open, state, before[index] as Value)) : step.states;
		return { ...step, at, open, output };
	});
	return { cell, x, steps, output, states };
}

const stepOrder = (extent: number, attrs: Attrs) =>
	Array.from({ length: extent }, (_, t) => (flagAttr(attrs, "goBackwards") ? extent - 1 - t : t));

function outputsOf(b: Builder, { steps, output, states }: Unrolled, attrs: Attrs): Value[] {
	const inFileLayout = (value: Value) => (isChannelsFirst(attrs) ? toChannelsFirst(b, value) : value);
	const after = states.map(inFileLayout);
	if (!flagAttr(attrs, "returnSequences")) return [inFileLayout(output), ...after];
	const rows = steps.map((step) => expandDims(b, inFileLayout(step.output), 1));
	return [concat(b, rows, 1), ...after];
}

/**
 * The elements [N, ...] along axis 1 of [N, T, ...]. Halves are halved again: the derivative of a slice is as large as
 * what it is taken of, so that T slices of the whole would take time and memory in proportion to T squared.
 */
export function unstacked(b: Builder, x: Value): Value[] {
	const extent = knownExtent(x, 1);
	if (extent === 1) return [reshape(b, x, [x.shape[0] as Dim, ...x.shape.slice(2)])];
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

function checkedState(b: Builder, given: Value, { state: expected }: Cell, attrs: Attrs): Value {
	const state = isChannelsFirst(attrs) ? toChannelsLast(b, given) : given;
	if (state.shape.slice(1).join() !== expected.join())
		throw new InvalidRequestError(
			expected.length === 1
				? `a state has the shape [${state.shape.join(", ")}]; ${expected[0]} units were expected`
				: `a state has the shape [${state.shape.slice(1).join(", ")}], channels last; [${expected.join(", ")}] was expected`,
		);
	return asFloat(b, state);
}

/** For each step whether it counts, with as many axes as a state. */
function masksOf(b: Builder, mask: Value, x: Value, axes: number): Value[] {
	if (mask.shape.length !== 2 || mask.shape[1] !== x.shape[1])
		throw new InvalidRequestError(`the mask has the shape [${mask.shape.join(", ")}]; one entry a step was expected`);
	let aligned = cast(b, mask, "bool");
	for (let axis = 0; axis < axes; axis++) aligned = expandDims(b, aligned, -1);
	return unstacked(b, aligned);
}
