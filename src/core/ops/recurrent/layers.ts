import type { Builder } from "../../program/builder";
import type { Value } from "../../program/types";
import { add, mul, slice, sub } from "../../program/vocabulary";
import { flagAttr, numberAttr } from "../attributes";
import type { Attrs } from "../op";
import { splitAxis } from "../shape/split";
import { activationAttr } from "./activation";
import { type Cell, type CellMaker, joined, type Recurrence, type Share, type StepRelevance } from "./cell";
import { gatesOf, gateWeights, projection, recurrentAdjoint, recurrentProduct } from "./weights";

/** Elman 1990: h = activation(W x + U h + b). attrs: `activation` */
const simple: CellMaker = (b, x, params, attrs) => {
	const weights = gateWeights(b, params, attrs, "h");
	const activation = activationAttr(b, attrs, "activation");
	return {
		state: [weights.units],
		gates: weights.gates,
		projection: projection(b, x, weights),
		step(projected, states) {
			const [h] = states as [Value];
			const sum = add(b, projected, recurrentProduct(b, weights, h));
			return {
				states: [activation(sum)],
				relevance([arrived], share) {
					if (!arrived) return NOTHING;
					const each = share(arrived, sum);
					return { states: [mul(b, h, recurrentAdjoint(b, weights, 0, each))], projections: [each] };
				},
			};
		},
	};
};

/**
 * Cho et al. 2014; gates z (update), r (reset), h (candidate): h = z h + (1 - z) candidate.
 * attrs: `activation`, `recurrentActivation`, `resetAfter` (r is multiplied with the recurrent product of the candidate,
 * its bias included, as cuDNN does; otherwise with the state before the product)
 */
const gru: CellMaker = (b, x, params, attrs) => {
	const weights = gateWeights(b, params, attrs, "zrh");
	const activation = activationAttr(b, attrs, "activation");
	const gate = activationAttr(b, attrs, "recurrentActivation");
	const resetAfter = flagAttr(attrs, "resetAfter");
	return {
		state: [weights.units],
		gates: weights.gates,
		projection: projection(b, x, weights),
		step(projected, states) {
			const [h] = states as [Value];
			const [inputGates, inputH] = splitAxis(b, projected, 1, [2 * weights.units, weights.units]) as [Value, Value];
			const product = resetAfter ? recurrentProduct(b, weights, h) : recurrentProduct(b, weights, h, 0, 2);
			const [ofZ, ofR, ofH] = gatesOf(b, product, resetAfter ? 3 : 2) as [Value, Value, Value];
			const [inputZ, inputR] = gatesOf(b, inputGates, 2) as [Value, Value];
			const [z, r] = [gate(add(b, inputZ, ofZ)), gate(add(b, inputR, ofR))];
			const kept = resetAfter ? mul(b, r, ofH) : recurrentProduct(b, weights, mul(b, r, h), 2, 3);
			const sum = add(b, inputH, kept);
			const [old, fresh] = [mul(b, z, h), mul(b, sub(b, 1, z), activation(sum))];
			const next = add(b, old, fresh);
			return {
				states: [next],
				relevance([arrived], share) {
					if (!arrived) return NOTHING;
					const parts = share(arrived, next);
					const each = share(mul(b, fresh, parts), sum);
					// The reset gate scales the state on its way into the sum: before the product or behind it.
					const back = resetAfter
						? mul(b, h, recurrentAdjoint(b, weights, 2, mul(b, r, each)))
						: mul(b, mul(b, r, h), recurrentAdjoint(b, weights, 2, each));
					return {
						states: [add(b, mul(b, old, parts), back)],
						projections: [undefined, undefined, each],
					};
				},
			};
		},
	};
};

/**
 * Hochreiter & Schmidhuber 1997 with forget gates (Gers et al. 2000); gates i, f, c (candidate), o; states h and c:
 * c = f c + i candidate, h = o activation(c). attrs: `activation`, `recurrentActivation`
 */
const lstm: CellMaker = (b, x, params, attrs) => {
	const weights = gateWeights(b, params, attrs, "ifco");
	return {
		state: [weights.units],
		gates: weights.gates,
		projection: projection(b, x, weights),
		step: lstmStep(b, attrs, {
			product: (state) => recurrentProduct(b, weights, state),
			adjoint: (index, each) => recurrentAdjoint(b, weights, index, each),
			...(params.P && { peepholes: peepholesOf(b, params.P, attrs, weights.units) }),
		}),
	};
};

/** Weights of the cell in the gates (Gers & Schmidhuber 2000), [directions, 3 units] in the order i, o, f of ONNX. */
function peepholesOf(b: Builder, stored: Value, attrs: Attrs, units: number): NonNullable<StateMaps["peepholes"]> {
	const row = slice(b, stored, [numberAttr(attrs, "direction", 0), 0], [1, 3 * units]);
	const [input, output, forget] = gatesOf(b, row, 3) as [Value, Value, Value];
	return { input, forget, output };
}

/** What the gates of a cell take from a state, and the adjoint of it. */
export interface StateMaps {
	/** For all gates, side by side on the last axis. */
	product(state: Value): Value;
	/** @param each for each unit of the product; `state` is what it was made of */
	adjoint(gate: number, each: Value, state: Value): Value;
	/** What gates take from the cell: input and forget gate from the old one, the output gate from the new one. */
	readonly peepholes?: { readonly input: Value; readonly forget: Value; readonly output: Value };
}

const CANDIDATE = 2;

/** A step of an LSTM, whatever its products are (dense, convolutions). */
export function lstmStep(b: Builder, attrs: Attrs, maps: StateMaps): Cell["step"] {
	const activation = activationAttr(b, attrs, "activation");
	const gate = activationAttr(b, attrs, "recurrentActivation");
	return (projected, states) => {
		const [h, c] = states as [Value, Value];
		const sums = add(b, projected, maps.product(h));
		const [ofInput, ofForget, candidate, ofOutput] = gatesOf(b, sums, 4) as [Value, Value, Value, Value];
		const seen = (sum: Value, weight: Value | undefined, state: Value) =>
			weight ? add(b, sum, mul(b, weight, state)) : sum;
		const [i, f] = [seen(ofInput, maps.peepholes?.input, c), seen(ofForget, maps.peepholes?.forget, c)];
		const [old, fresh] = [mul(b, gate(f), c), mul(b, gate(i), activation(candidate))];
		const cell = add(b, old, fresh);
		const o = seen(ofOutput, maps.peepholes?.output, cell);
		return {
			states: [mul(b, gate(o), activation(cell)), cell],
			relevance([atOutput, atCell], share: Share): StepRelevance {
				const arrived = joined((x, y) => add(b, x, y), atOutput, atCell);
				if (!arrived) return NOTHING;
				const parts = share(arrived, cell);
				const each = share(mul(b, fresh, parts), candidate);
				return {
					states: [mul(b, h, maps.adjoint(CANDIDATE, each, h)), mul(b, old, parts)],
					projections: [undefined, undefined, each, undefined],
				};
			},
		};
	};
}

const NOTHING: StepRelevance = { states: [], projections: [] };

const ROWS = { ranks: [3], axes: "[batch, steps, features]" };

export const RECURRENT_CELLS: readonly Recurrence[] = [
	{ op: "SimpleRnn", states: 1, makeCell: simple, ...ROWS },
	{ op: "Gru", states: 1, makeCell: gru, ...ROWS },
	{ op: "Lstm", states: 2, makeCell: lstm, ...ROWS },
];
