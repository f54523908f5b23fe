import assert from "node:assert/strict";
import { namedComposite } from "../../../src/core/rules/lrp-composites/named";
import type { Composite } from "../../../src/core/rules/rule";
import { float32, type Tensor } from "../../../src/shared/tensor";
import { parseUnitAddress } from "../../../src/shared/unit-parser";
import { assertClose, sumOf } from "./close";
import { SmallModel, sessionOf, tensor } from "./small-model";

const [STEPS, FEATURES, UNITS] = [5, 3, 4];
const EPSILON = 0.01;
const X = tensor([1, STEPS, FEATURES], 61);
const GATES = { activation: [{ op: "Tanh", attrs: {} }], recurrentActivation: [{ op: "Sigmoid", attrs: {} }] };

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const stabilised = (z: number) => z + (z >= 0 ? EPSILON : -EPSILON);

interface Weights {
	readonly kernel: Tensor;
	readonly recurrent_kernel: Tensor;
	readonly bias: Tensor;
}

const weightsOf = (gates: number, ...bias: number[]): Weights => ({
	kernel: tensor([FEATURES, gates * UNITS], 62),
	recurrent_kernel: tensor([UNITS, gates * UNITS], 63),
	bias: tensor(bias, 64),
});

type Row = number[];
const zeros = (count: number): Row => new Array<number>(count).fill(0);
const step = (t: number): Row => Array.from({ length: FEATURES }, (_, f) => X.data[t * FEATURES + f] as number);

/** Connections of unit `u` of a gate: to the input, to a state, and the bias (a second one beside the state). */
function connections(weights: Weights, gates: number, gate: number, u: number) {
	const column = gate * UNITS + u;
	return {
		input: (f: number) => weights.kernel.data[f * gates * UNITS + column] as number,
		state: (i: number) => weights.recurrent_kernel.data[i * gates * UNITS + column] as number,
		bias: weights.bias.data[column] as number,
		recurrentBias: weights.bias.data[gates * UNITS + column] ?? 0,
	};
}

function sumOfGate(weights: Weights, gates: number, gate: number, u: number, x: Row, h: Row) {
	const c = connections(weights, gates, gate, u);
	const input = x.reduce((sum, value, f) => sum + value * c.input(f), c.bias);
	const state = h.reduce((sum, value, i) => sum + value * c.state(i), c.recurrentBias);
	return { input, state, both: input + state };
}

/** An LSTM with its relevance, connection by connection: that of the last output, which starts with its own value. */
function plainLstm(weights: Weights, open: readonly boolean[]): number[] {
	const states: { h: Row; c: Row }[] = [{ h: zeros(UNITS), c: zeros(UNITS) }];
	const made = open.map((isOpen, t) => {
		const before = states[t] as { h: Row; c: Row };
		const sum = (gate: number, u: number) => sumOfGate(weights, 4, gate, u, step(t), before.h).both;
		const old = before.c.map((c, u) => sigmoid(sum(1, u)) * c);
		const fresh = before.c.map((_, u) => sigmoid(sum(0, u)) * Math.tanh(sum(2, u)));
		const c = old.map((value, u) => value + (fresh[u] as number));
		const h = c.map((value, u) => sigmoid(sum(3, u)) * Math.tanh(value));
		states.push(isOpen ? { h, c } : before);
		return { old, fresh, c, candidate: c.map((_, u) => sum(2, u)) };
	});
	const relevance = zeros(STEPS * FEATURES);
	let ofH = [...(states[STEPS] as { h: Row }).h];
	let ofC = zeros(UNITS);
	for (let t = STEPS - 1; t >= 0; t--) {
		if (!open[t]) continue;
		const { old, fresh, c, candidate } = made[t] as (typeof made)[number];
		const [nextH, nextC] = [zeros(UNITS), zeros(UNITS)];
		for (let u = 0; u < UNITS; u++) {
			const ofCell = (ofH[u] as number) + (ofC[u] as number);
			nextC[u] = ((old[u] as number) * ofCell) / stabilised(c[u] as number);
			const ofCandidate = ((fresh[u] as number) * ofCell) / stabilised(c[u] as number);
			const each = ofCandidate / stabilised(candidate[u] as number);
			const weight = connections(weights, 4, 2, u);
			for (let f = 0; f < FEATURES; f++)
				relevance[t * FEATURES + f] =
					(relevance[t * FEATURES + f] as number) + (step(t)[f] as number) * weight.input(f) * each;
			for (let i = 0; i < UNITS; i++)
				nextH[i] = (nextH[i] as number) + ((states[t] as { h: Row }).h[i] as number) * weight.state(i) * each;
		}
		[ofH, ofC] = [nextH, nextC];
	}
	return relevance;
}

/** A GRU likewise; the reset gate scales the state before the product, or the product. */
function plainGru(weights: Weights, resetAfter: boolean): number[] {
	const states: Row[] = [zeros(UNITS)];
	const made = Array.from({ length: STEPS }, (_, t) => {
		const before = states[t] as Row;
		const gate = (index: number, u: number) => sigmoid(sumOfGate(weights, 3, index, u, step(t), before).both);
		const reset = before.map((_h, u) => gate(1, u));
		const scaled = resetAfter ? before : before.map((h, u) => h * (reset[u] as number));
		const sums = before.map((_h, u) => {
			const { input, state } = sumOfGate(weights, 3, 2, u, step(t), scaled);
			return resetAfter ? input + (reset[u] as number) * state : input + state;
		});
		const old = before.map((h, u) => gate(0, u) * h);
		const fresh = before.map((_h, u) => (1 - gate(0, u)) * Math.tanh(sums[u] as number));
		const h = old.map((value, u) => value + (fresh[u] as number));
		states.push(h);
		return { reset, scaled, sums, old, fresh, h };
	});
	const relevance = zeros(STEPS * FEATURES);
	let arrived = [...(states[STEPS] as Row)];
	for (let t = STEPS - 1; t >= 0; t--) {
		const { reset, scaled, sums, old, fresh, h } = made[t] as (typeof made)[number];
		const next = zeros(UNITS);
		for (let u = 0; u < UNITS; u++) {
			const share = (arrived[u] as number) / stabilised(h[u] as number);
			next[u] = (next[u] as number) + (old[u] as number) * share;
			const each = ((fresh[u] as number) * share) / stabilised(sums[u] as number);
			const weight = connections(weights, 3, 2, u);
			for (let f = 0; f < FEATURES; f++)
				relevance[t * FEATURES + f] =
					(relevance[t * FEATURES + f] as number) + (step(t)[f] as number) * weight.input(f) * each;
			for (let i = 0; i < UNITS; i++)
				next[i] =
					(next[i] as number) +
					(scaled[i] as number) * weight.state(i) * each * (resetAfter ? (reset[u] as number) : 1);
		}
		arrived = next;
	}
	return relevance;
}

const composite = (epsilon: number): Composite => namedComposite("AttnLRP", { epsilon });

async function relevance(model: SmallModel, inputs: Record<string, Tensor>, rules = composite(EPSILON), unit = "made") {
	const session = await sessionOf(model);
	const { maps, unitValue } = await session.backward(
		{ composite: rules, unit: parseUnitAddress(unit), at: ["input"], start: "value", passes: [] },
		inputs,
	);
	return { maps: maps.map(({ tensor: map }) => Array.from(map.data)), unit: unitValue[0] as number };
}

function layer(op: string, params: Weights, attrs = {}, more: (model: SmallModel) => string[] = () => []): SmallModel {
	const model = new SmallModel();
	const inputs = [model.input("x", [STEPS, FEATURES]), ...more(model)];
	return model.output(model.layer("made", op, inputs, { params: { ...params }, attrs: { ...GATES, ...attrs } }));
}

describe("relevance through recurrent layers, signal-take-all", () => {
	it("an LSTM agrees with a loop over its connections", async () => {
		const weights = weightsOf(4, 4 * UNITS);
		const { maps } = await relevance(layer("Lstm", weights), { x: X });
		assertClose(maps[0] ?? [], plainLstm(weights, new Array<boolean>(STEPS).fill(true)));
	});

	it("a masked step of an LSTM gets nothing and hands everything on", async () => {
		const weights = weightsOf(4, 4 * UNITS);
		const open = [true, false, true, true, false];
		const model = layer("Lstm", weights, { masked: true }, (m) => [m.input("mask", [STEPS], { dtype: "bool" })]);
		const mask: Tensor = { dtype: "bool", shape: [1, STEPS], data: Uint8Array.from(open, Number) };
		const { maps } = await relevance(model, { x: X, mask });
		assertClose(maps[0] ?? [], plainLstm(weights, open));
		assert.ok(maps[0]?.slice(FEATURES, 2 * FEATURES).every((value) => value === 0));
	});

	for (const resetAfter of [false, true])
		it(`a GRU agrees with a loop over its connections (reset ${resetAfter ? "after" : "before"} the product)`, async () => {
			const weights = resetAfter ? weightsOf(3, 2, 3 * UNITS) : weightsOf(3, 3 * UNITS);
			const { maps } = await relevance(layer("Gru", weights, { resetAfter }), { x: X });
			assertClose(maps[0] ?? [], plainGru(weights, resetAfter));
		});

	it("the way of time does not matter: a layer that runs backwards explains the reversed sequence", async () => {
		const weights = weightsOf(4, 4 * UNITS);
		const rows = Array.from({ length: STEPS }, (_, t) => step(STEPS - 1 - t));
		const reversed = float32([1, STEPS, FEATURES], rows.flat());
		const { maps } = await relevance(layer("Lstm", weights, { goBackwards: true }), { x: reversed });
		const forwards = plainLstm(weights, new Array<boolean>(STEPS).fill(true));
		const expected = Array.from({ length: STEPS }, (_, t) =>
			forwards.slice((STEPS - 1 - t) * FEATURES, (STEPS - t) * FEATURES),
		);
		assertClose(maps[0] ?? [], expected.flat());
	});

	for (const [op, gates] of [
		["SimpleRnn", 1],
		["Gru", 3],
		["Lstm", 4],
	] as const) {
		it(`${op} without bias conserves relevance over all outputs and states, those at the start included`, async () => {
			const weights = weightsOf(gates, gates * UNITS);
			const states = op === "Lstm" ? ["h", "c"] : ["h"];
			const model = new SmallModel();
			const inputs = ["x", ...states].map((name) => model.input(name, name === "x" ? [STEPS, FEATURES] : [UNITS]));
			const { bias: _bias, ...params } = weights;
			const made = model.layer("rnn", op, inputs, {
				params,
				attrs: { ...GATES, initialState: true, returnSequences: true, resetAfter: false },
			});
			model.output(model.layer("made", "Flatten", made));
			const given = Object.fromEntries(states.map((name, index) => [name, tensor([1, UNITS], 65 + index)]));
			const { maps, unit } = await relevance(model, { x: X, ...given }, composite(1e-9));
			assert.equal(maps.length, 1 + states.length);
			// Cells near zero amplify rounding: 1e-3 of the relevance that is moved about.
			const moved = sumOf(maps.flat().map(Math.abs));
			assert.ok(Math.abs(sumOf(maps.flat()) - unit) < 1e-3 * moved, `${sumOf(maps.flat())} instead of ${unit}`);
		});
	}

	it("a convolutional LSTM without bias conserves relevance, whatever its strides and layout", async () => {
		for (const dataFormat of ["channels_last", "channels_first"]) {
			const frame = dataFormat === "channels_last" ? [5, 4, 2] : [2, 5, 4];
			const model = new SmallModel();
			const made = model.layer("rnn", "ConvLstm", model.input("x", [3, ...frame]), {
				params: { kernel: tensor([3, 2, 2, 12], 71), recurrent_kernel: tensor([3, 2, 3, 12], 72) },
				attrs: { ...GATES, strides: [2, 1], padding: "same", dataFormat, returnSequences: true },
			});
			model.output(model.layer("made", "Flatten", made));
			const { maps, unit } = await relevance(model, { x: tensor([1, 3, ...frame], 73) }, composite(1e-9));
			const moved = sumOf((maps[0] ?? []).map(Math.abs));
			assert.ok(Math.abs(sumOf(maps[0] ?? []) - unit) < 1e-3 * moved, `${sumOf(maps[0] ?? [])} instead of ${unit}`);
		}
	});

	it("zennit's composites take the same way through a recurrent layer", async () => {
		const weights = weightsOf(4, 4 * UNITS);
		const rules = namedComposite("EpsilonPlus", {});
		const [one, two] = [
			await relevance(layer("Lstm", weights), { x: X }, rules),
			await relevance(layer("Lstm", weights), { x: X }, composite(1e-6)),
		];
		assertClose(one.maps[0] ?? [], two.maps[0] ?? []);
	});
});
