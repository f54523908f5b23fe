import type { Value } from "../../program/types";
import { add, mul, sub } from "../../program/vocabulary";
import { flagAttr } from "../attributes";
import type { OpDefinition } from "../op";
import { activationAttr } from "./activation";
import type { CellMaker } from "./cell";
import { recurrent } from "./unroll";
import { gateWeights, projections, recurrentProduct } from "./weights";

/** Elman 1990: h = activation(W x + U h + b). attrs: `activation` */
const simple: CellMaker = (b, x, params, attrs) => {
	const weights = gateWeights(b, params, attrs, "h");
	const activation = activationAttr(b, attrs, "activation");
	return {
		units: weights.units,
		projections: projections(b, x, weights),
		step: ([input], [h]) => [activation(add(b, input as Value, recurrentProduct(b, weights, 0, h as Value)))],
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
		units: weights.units,
		projections: projections(b, x, weights),
		step(projected, states) {
			const [inputZ, inputR, inputH] = projected as [Value, Value, Value];
			const [h] = states as [Value];
			const z = gate(add(b, inputZ, recurrentProduct(b, weights, 0, h)));
			const r = gate(add(b, inputR, recurrentProduct(b, weights, 1, h)));
			const kept = resetAfter
				? mul(b, r, recurrentProduct(b, weights, 2, h))
				: recurrentProduct(b, weights, 2, mul(b, r, h));
			const candidate = activation(add(b, inputH, kept));
			return [add(b, mul(b, z, h), mul(b, sub(b, 1, z), candidate))];
		},
	};
};

/**
 * Hochreiter & Schmidhuber 1997 with forget gates (Gers et al. 2000); gates i, f, c (candidate), o; states h and c:
 * c = f c + i candidate, h = o activation(c). attrs: `activation`, `recurrentActivation`
 */
const lstm: CellMaker = (b, x, params, attrs) => {
	const weights = gateWeights(b, params, attrs, "ifco");
	const activation = activationAttr(b, attrs, "activation");
	const gate = activationAttr(b, attrs, "recurrentActivation");
	return {
		units: weights.units,
		projections: projections(b, x, weights),
		step(projected, states) {
			const [h, c] = states as [Value, Value];
			const sums = projected.map((input, index) => add(b, input, recurrentProduct(b, weights, index, h)));
			const [i, f, candidate, o] = sums as [Value, Value, Value, Value];
			const cell = add(b, mul(b, gate(f), c), mul(b, gate(i), activation(candidate)));
			return [mul(b, gate(o), activation(cell)), cell];
		},
	};
};

export const RECURRENT: readonly OpDefinition[] = [
	recurrent("SimpleRnn", 1, simple),
	recurrent("Gru", 1, gru),
	recurrent("Lstm", 2, lstm),
];
