import assert from "node:assert/strict";
import { createEngine } from "../../../src/core/engine/registry";
import { openModel } from "../../../src/core/formats/registry";
import { UnsupportedError } from "../../../src/shared/errors";
import type { Tensor } from "../../../src/shared/tensor";
import { runForward } from "../../support/run-graph";
import { needTestdata } from "../../support/testdata";
import { at, type Call, compute, distance, numbers, tensor } from "./compute";

const UNITS = 3;
const FEATURES = 4;
const STEPS = 5;
const X = numbers([2, STEPS, FEATURES], 51);
const TANH = [{ op: "Tanh" }];
const SIGMOID = [{ op: "Sigmoid" }];
const GATES = { activation: TANH, recurrentActivation: SIGMOID };

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
/** Keras 1, 2 and TensorFlow.js. */
const hardSigmoid = (x: number) => Math.min(1, Math.max(0, 0.2 * x + 0.5));

type Row = number[];
interface Weights {
	readonly kernel: Tensor;
	readonly recurrent_kernel: Tensor;
	readonly bias: Tensor;
}

const weightsOf = (gates: number, ...bias: number[]): Weights => ({
	kernel: numbers([FEATURES, gates * UNITS], 52),
	recurrent_kernel: numbers([UNITS, gates * UNITS], 53),
	bias: numbers(bias, 54),
});

/** Entry `unit` of gate `gate` of a row times a matrix [in, gates * units]. */
const product = (row: Row, matrix: Tensor, units: number, gate: number, unit: number) =>
	row.reduce((sum, value, index) => sum + value * at(matrix, index, gate * units + unit), 0);

const rowOf = (x: Tensor, n: number, t: number): Row =>
	Array.from({ length: x.shape[2] as number }, (_, f) => at(x, n, t, f));

/** A GRU with the reset gate before the product, written from its formula; returns the last state [N, units]. */
function plainGru(
	x: Tensor,
	{ kernel, recurrent_kernel: recurrent, bias }: Weights,
	gate: (x: number) => number,
	order: readonly number[],
): Tensor {
	const units = recurrent.shape[0] as number;
	const last = Array.from({ length: x.shape[0] as number }, (_, n) => {
		let h: Row = new Array<number>(units).fill(0);
		for (const t of order) {
			const input = rowOf(x, n, t);
			const sum = (state: Row, g: number, u: number) =>
				product(input, kernel, units, g, u) +
				(bias.data[g * units + u] as number) +
				product(state, recurrent, units, g, u);
			const before = h;
			const reset = before.map((value, u) => gate(sum(before, 1, u)) * value);
			h = before.map((value, u) => {
				const z = gate(sum(before, 0, u));
				return z * value + (1 - z) * Math.tanh(sum(reset, 2, u));
			});
		}
		return h;
	});
	return tensor([last.length, units], (n, u) => last[n as number]?.[u as number] as number);
}

/** An LSTM written from its formula; h after each step [N, T, units]. */
function plainLstm(x: Tensor, { kernel, recurrent_kernel: recurrent, bias }: Weights): Tensor {
	const sequences = Array.from({ length: x.shape[0] as number }, (_, n) => {
		let h: Row = new Array<number>(UNITS).fill(0);
		let c: Row = new Array<number>(UNITS).fill(0);
		return Array.from({ length: STEPS }, (_step, t) => {
			const input = rowOf(x, n, t);
			const before = h;
			const sum = (g: number, u: number) =>
				product(input, kernel, UNITS, g, u) +
				(bias.data[g * UNITS + u] as number) +
				product(before, recurrent, UNITS, g, u);
			c = c.map((value, u) => sigmoid(sum(1, u)) * value + sigmoid(sum(0, u)) * Math.tanh(sum(2, u)));
			h = c.map((value, u) => sigmoid(sum(3, u)) * Math.tanh(value));
			return h;
		});
	});
	return tensor(
		[sequences.length, STEPS, UNITS],
		(n, t, u) => sequences[n as number]?.[t as number]?.[u as number] as number,
	);
}

const run = (op: string, params: object, attrs: Call["attrs"], inputs: Tensor[] = [X]) =>
	compute({ op, inputs, params: params as NonNullable<Call["params"]>, attrs: { ...GATES, ...attrs } });

const steps = (value: Tensor, ...chosen: number[]) =>
	tensor([value.shape[0] as number, chosen.length, value.shape[2] as number], (n, t, u) =>
		at(value, n as number, chosen[t as number] as number, u as number),
	);
const step = (value: Tensor, t: number) =>
	tensor([value.shape[0] as number, value.shape[2] as number], (n, u) => at(value, n as number, t, u as number));

describe("recurrent layers", () => {
	it("a GRU follows its formula, forwards and backwards", async () => {
		const weights = weightsOf(3, 9);
		const [forwards] = await run("Gru", weights, {});
		assert.ok(distance(forwards, plainGru(X, weights, sigmoid, [0, 1, 2, 3, 4])) < 1e-6);
		const [backwards] = await run("Gru", weights, { goBackwards: true });
		assert.ok(distance(backwards, plainGru(X, weights, sigmoid, [4, 3, 2, 1, 0])) < 1e-6);
	});

	it("the GRU of a TensorFlow.js model gives the numbers of a plain loop over the weights in its file", async function () {
		const model = await openModel(needTestdata(this, "models", "tfjs-layers", "tfjs-e2e-dense", "model.json"));
		const { engine } = await createEngine("cpu");
		try {
			const param = async (op: string, name: string) => {
				const ref = model.graph.nodes.find((node) => node.op === op)?.params[name];
				assert.ok(ref, `${op} has no ${name}`);
				return model.weights.read(ref.weight);
			};
			const embeddings = await param("Embedding", "embeddings");
			const weights: Weights = {
				kernel: await param("Gru", "kernel"),
				recurrent_kernel: await param("Gru", "recurrent_kernel"),
				bias: await param("Gru", "bias"),
			};
			const tokens = tensor([3, 10], (n, t) => ((n as number) * 37 + (t as number) * 11) % 100);
			const [found] = await runForward(model, [tokens], engine);
			const embedded = tensor([3, 10, 20], (n, t, f) =>
				at(embeddings, at(tokens, n as number, t as number), f as number),
			);
			const backwards = [9, 8, 7, 6, 5, 4, 3, 2, 1, 0];
			assert.ok(distance(found, plainGru(embedded, weights, hardSigmoid, backwards)) < 1e-6);
		} finally {
			engine.dispose();
			model.weights.close();
		}
	});

	it("an LSTM follows its formula and gives its sequence, its last output and its states", async () => {
		const weights = weightsOf(4, 12);
		const expected = plainLstm(X, weights);
		const [sequence] = await run("Lstm", weights, { returnSequences: true });
		assert.ok(distance(sequence, expected) < 1e-6);
		const [last, h, c] = await run("Lstm", weights, {});
		assert.ok(last && h && c);
		assert.ok(distance(last, step(expected, 4)) < 1e-6);
		assert.deepEqual(h.data, last.data);
		assert.ok(distance(c, h) > 1e-3);
	});

	it("states that are handed over continue a sequence", async () => {
		const weights = weightsOf(4, 12);
		const [whole] = await run("Lstm", weights, {});
		const [, h, c] = await run("Lstm", weights, {}, [steps(X, 0, 1)]);
		const [continued] = await run("Lstm", weights, { initialState: true }, [steps(X, 2, 3, 4), h, c] as Tensor[]);
		assert.ok(whole && distance(continued, whole) < 1e-6);
	});

	it("masked steps change nothing: the result is that of the sequence without them", async () => {
		const mask: Tensor = { dtype: "bool", shape: [2, STEPS], data: Uint8Array.of(0, 1, 0, 1, 0, 0, 1, 0, 1, 0) };
		for (const [op, gates, ...bias] of [
			["Gru", 3, 9],
			["Lstm", 4, 12],
			["SimpleRnn", 1, 3],
		] as const) {
			const weights = weightsOf(gates, ...bias);
			for (const goBackwards of [false, true]) {
				const [masked, ...states] = await run(op, weights, { masked: true, goBackwards }, [X, mask]);
				const [short, ...shortStates] = await run(op, weights, { goBackwards }, [steps(X, 1, 3)]);
				assert.ok(short && distance(masked, short) < 1e-6, op);
				for (const [index, state] of states.entries())
					assert.ok(distance(state, shortStates[index] as Tensor) < 1e-6, op);
			}
			const attrs = { masked: true, returnSequences: true };
			const [held] = (await run(op, weights, attrs, [X, mask])) as [Tensor];
			assert.ok(
				step(held, 0).data.every((value) => value === 0),
				"before the first step nothing came out",
			);
			assert.deepEqual(step(held, 2).data, step(held, 1).data);
			const [zeroed] = (await run(op, weights, { ...attrs, zeroOutputForMask: true }, [X, mask])) as [Tensor];
			assert.ok(step(zeroed, 2).data.every((value) => value === 0));
			assert.deepEqual(step(zeroed, 3).data, step(held, 3).data);
		}
	});

	it("weights of Keras 1, one matrix a gate, give the same numbers", async () => {
		const weights = weightsOf(4, 12);
		const gate = (matrix: Tensor, index: number) =>
			tensor([matrix.shape[0] as number, UNITS], (row, u) => at(matrix, row as number, index * UNITS + (u as number)));
		const apart = [..."ifco"].flatMap((letter, index) => [
			[`W_${letter}`, gate(weights.kernel, index)],
			[`U_${letter}`, gate(weights.recurrent_kernel, index)],
			[`b_${letter}`, tensor([UNITS], (u) => weights.bias.data[index * UNITS + (u as number)] as number)],
		]);
		const [expected] = await run("Lstm", weights, {});
		const [found] = await run("Lstm", Object.fromEntries(apart), {});
		assert.deepEqual(found?.data, expected?.data);
	});

	it("weights as cuDNN keeps them give the same numbers", async () => {
		const weights = { ...weightsOf(3, 2, 9) };
		// The memory of each gate is that of its transposed matrix (tf_keras, hdf5_format.py, _convert_rnn_weights).
		const asCudnn = (matrix: Tensor): Tensor => {
			const rows = matrix.shape[0] as number;
			const gates = [0, 1, 2].map((g) =>
				Array.from({ length: rows * UNITS }, (_, i) => at(matrix, i % rows, g * UNITS + Math.floor(i / rows))),
			);
			return tensor([rows, 3 * UNITS], (row, column) => {
				const [g, u] = [Math.floor((column as number) / UNITS), (column as number) % UNITS];
				return gates[g]?.[(row as number) * UNITS + u] as number;
			});
		};
		const kept = {
			kernel: asCudnn(weights.kernel),
			recurrent_kernel: asCudnn(weights.recurrent_kernel),
			bias: { ...weights.bias, shape: [18] },
		};
		const [expected] = await run("Gru", weights, { resetAfter: true });
		const [found] = await run("Gru", kept, { resetAfter: true, cudnn: true });
		assert.ok(expected && distance(found, expected) < 1e-6);
	});

	it("sequences that are too long, or are none, are refused by what is wrong", async () => {
		const weights = weightsOf(1, 3);
		await assert.rejects(
			async () => run("SimpleRnn", weights, {}, [numbers([1, 5000, FEATURES])]),
			(error: unknown) => error instanceof UnsupportedError && /5000 steps/.test(error.message),
		);
		await assert.rejects(async () => run("SimpleRnn", weights, {}, [numbers([2, FEATURES])]), /2 axes/);
		await assert.rejects(async () => run("SimpleRnn", weights, { activation: [{ op: "Dense" }] }), /no activation/);
		await assert.rejects(async () => run("Gru", weightsOf(3, 7), {}), /7 entries/);
	});
});
