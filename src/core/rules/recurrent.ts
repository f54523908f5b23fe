import { flagAttr } from "../ops/attributes";
import { RECURRENCES } from "../ops/recurrent";
import { joined, type Share } from "../ops/recurrent/cell";
import { type Unrolled, unroll, unstacked } from "../ops/recurrent/unroll";
import { gatesOf } from "../ops/recurrent/weights";
import { isChannelsFirst, toChannelsFirst, toChannelsLast } from "../ops/spatial/layout";
import type { Builder } from "../program/builder";
import type { Value } from "../program/types";
import { vjp } from "../program/vjp";
import { add, concat, div, expandDims, full, mul, select, stabilize } from "../program/vocabulary";
import { STABILIZER } from "./lrp";
import { refuse } from "./products";
import type { BackwardStep, Rule } from "./rule";

type Part = Value | undefined;

/**
 * Relevance through the steps of a recurrent layer, last to first: of a gate times a signal all goes to the signal,
 * activations pass it on, sums split it in proportion (epsilon rule). A masked step hands everything to the step before.
 * Arras, Montavon, Müller, Samek 2017, Explaining recurrent neural network predictions in sentiment analysis; Arras et
 * al. 2019, Explaining and interpreting LSTMs ("LRP-all", signal-take-all).
 */
export function signalTakeAll(epsilon = STABILIZER): Rule {
	return {
		id: `signal-take-all(${epsilon})`,
		backward(step) {
			const recurrence = RECURRENCES.get(step.node.op);
			if (!recurrence) return refuse.backward(step);
			const unrolled = unroll(step.b, recurrence, step.inputs, step.params, step.node.attrs);
			return backward(step, unrolled, (relevance, sum) => div(step.b, relevance, stabilize(step.b, sum, epsilon)));
		},
	};
}

function backward({ b, node, relevance, inputs, wanted }: BackwardStep, unrolled: Unrolled, share: Share): Part[] {
	const { attrs } = node;
	const { cell, x, steps } = unrolled;
	const plus = (...parts: readonly Part[]) => joined((p, q) => add(b, p, q), ...parts);
	const channelsLast = (value: Part) => value && (isChannelsFirst(attrs) ? toChannelsLast(b, value) : value);
	const [ofOutput, ...ofStates] = relevance;
	const sequence = flagAttr(attrs, "returnSequences") && ofOutput ? unstacked(b, ofOutput) : [];
	const repeats = !flagAttr(attrs, "zeroOutputForMask");

	let states: Part[] = unrolled.states.map((_, index) => channelsLast(ofStates[index]));
	let output = flagAttr(attrs, "returnSequences") ? undefined : channelsLast(ofOutput);
	const projections = gatesOf(b, cell.projection, cell.gates);
	const shares: Part[][] = projections.map(() => new Array<Part>(steps.length).fill(undefined));
	for (let index = steps.length - 1; index >= 0; index--) {
		const step = steps[index] as (typeof steps)[number];
		output = plus(output, channelsLast(sequence[index]));
		const [made, kept] = parted(b, step.open, output);
		const inside = states.map((state) => parted(b, step.open, state));
		const arrived = inside.map(([after], state) => (state === 0 ? plus(after, made) : after));
		const back = step.relevance(arrived, share);
		states = inside.map(([, before], state) => plus(before, back.states[state]));
		output = repeats ? kept : undefined;
		for (const [gate, part] of back.projections.entries()) (shares[gate] as Part[])[step.at] = part;
	}
	const given = flagAttr(attrs, "initialState") ? states : [];
	const inFileLayout = (value: Part) => value && (isChannelsFirst(attrs) ? toChannelsFirst(b, value) : value);
	return inputs.map((_, index) => {
		if (!wanted[index]) return undefined;
		return index === 0 ? ofInput(b, x, projections, shares) : inFileLayout(given[index - 1]);
	});
}

/** What of a step's relevance belongs to what the step made, and what to the step before: where its mask is closed. */
function parted(b: Builder, open: Part, relevance: Part): [Part, Part] {
	if (!relevance || !open) return [relevance, undefined];
	return [select(b, open, relevance, 0), select(b, open, 0, relevance)];
}

/** All steps of the input at once, through the adjoint of its projections. */
function ofInput(b: Builder, x: Value, projections: readonly Value[], shares: readonly (readonly Part[])[]): Part {
	const outputs = projections.flatMap((projection, gate): [Value, Value][] => {
		const parts = shares[gate] as readonly Part[];
		const [shape] = parts.flatMap((part) => (part ? [part.shape] : []));
		if (!shape) return [];
		const rows = parts.map((part) => expandDims(b, part ?? full(b, shape, 0), 1));
		return [[projection, concat(b, rows, 1)]];
	});
	const [each] = outputs.length === 0 ? [] : vjp(b, outputs, [x]);
	return each && mul(b, x, each);
}
