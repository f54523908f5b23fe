import { float32, type Tensor } from "../../../src/shared/tensor";
import { numbers, SmallModel, tensor } from "./small-model";

/** Tokens, features, heads, size of a head, hidden units, classes. */
export const [T, C, HEADS, SIZE, HIDDEN, CLASSES] = [4, 5, 2, 3, 6, 3];
const EPSILON = 1e-3;

const halved = (values: Tensor): Tensor =>
	float32(
		values.shape,
		Array.from(values.data, (value) => value / 2),
	);
const weights = (shape: readonly number[], seed: number) => halved(tensor(shape, seed));

/** Every weight by its layer. */
const PARAMS = {
	norm1: { gamma: tensor([C], 1), beta: weights([C], 2) },
	query: { kernel: weights([C, HEADS, SIZE], 3), bias: weights([HEADS, SIZE], 4) },
	key: { kernel: weights([C, HEADS, SIZE], 5), bias: weights([HEADS, SIZE], 6) },
	value: { kernel: weights([C, HEADS, SIZE], 7), bias: weights([HEADS, SIZE], 8) },
	output: { kernel: weights([HEADS, SIZE, C], 9), bias: weights([C], 10) },
	norm2: { scale: tensor([C], 11) },
	up: { kernel: weights([C, HIDDEN], 12), bias: weights([HIDDEN], 13) },
	gate: { kernel: weights([C, HIDDEN], 14), bias: weights([HIDDEN], 15) },
	down: { kernel: weights([HIDDEN, C], 16), bias: weights([C], 17) },
	logits: { kernel: weights([C, CLASSES], 18), bias: weights([CLASSES], 19) },
} as const;

export const INPUT = tensor([1, T, C], 20);

/** A block with causal attention, layer norm, RMS norm and a gated layer; its logits are at every token. */
export function transformer(): SmallModel {
	const model = new SmallModel();
	const x = model.input("x", [T, C], { channelAxis: 2 });
	const norm1 = model.layer("norm1", "LayerNormalization", x, { params: PARAMS.norm1, attrs: { epsilon: EPSILON } });
	const project = (name: "query" | "key" | "value") =>
		model.layer(name, "EinsumDense", norm1, { params: PARAMS[name], attrs: { equation: "...c,chd->...hd" } });
	const [query, key, value] = [project("query"), project("key"), project("value")];
	const scaled = model.layer("scaled", "MulConstant", query, { attrs: { constant: 1 / Math.sqrt(SIZE) } });
	const scores = model.layer("scores", "AttentionScores", [scaled, key]);
	const band = model.layer("band", "AttentionBand", [x, x], { attrs: { causal: true } });
	const open = model.layer("open", "MaskedFill", [scores, band], { attrs: { value: -1e9, trailing: 2 } });
	const attention = model.layer("attention", "Softmax", open, { channelAxis: 1 });
	const context = model.layer("context", "AttentionContext", [attention, value]);
	const output = model.layer("output", "EinsumDense", context, {
		params: PARAMS.output,
		attrs: { equation: "...hd,hdo->...o" },
	});
	const sum1 = model.layer("sum1", "Add", [x, output]);
	const norm2 = model.layer("norm2", "RMSNormalization", sum1, { params: PARAMS.norm2, attrs: { epsilon: EPSILON } });
	const up = model.layer("up", "Dense", norm2, { params: PARAMS.up, activation: "Gelu" });
	const gate = model.layer("gate", "Dense", norm2, { params: PARAMS.gate, activation: "Silu" });
	const gated = model.layer("gated", "Mul", [up, gate]);
	const down = model.layer("down", "Dense", gated, { params: PARAMS.down });
	const sum2 = model.layer("sum2", "Add", [sum1, down]);
	return model.output(model.layer("logits", "Dense", sum2, { params: PARAMS.logits, channelAxis: 2 }));
}

type Matrix = number[][];

const rowsOf = (data: ArrayLike<number>): Matrix =>
	Array.from({ length: T }, (_, t) => Array.from({ length: C }, (_e, c) => data[t * C + c] as number));

/** x [T, in] times a kernel [in, out] plus bias. */
function dense(x: Matrix, { kernel, bias }: { kernel: Tensor; bias: Tensor }, outputs: number): Matrix {
	return x.map((row) =>
		Array.from({ length: outputs }, (_, o) =>
			row.reduce((sum, value, i) => sum + value * (kernel.data[i * outputs + o] as number), bias.data[o] as number),
		),
	);
}

const gelu = (x: number) => 0.5 * x * (1 + erf(x / Math.SQRT2));
const silu = (x: number) => x / (1 + Math.exp(-x));

/** By its Maclaurin series: exact to rounding for the arguments here, which are below 3. */
function erf(x: number): number {
	let [term, sum] = [x, x];
	for (let n = 1; n < 80; n++) {
		term *= (-x * x) / n;
		sum += term / (2 * n + 1);
	}
	return (2 / Math.sqrt(Math.PI)) * sum;
}

/** What is held when the block is evaluated elsewhere: values that count as constants of the explained input. */
export interface Held {
	/** Adds up what is remembered in the order of evaluation. */
	constant(value: number): number;
}

/** How AttnLRP and CP-LRP change the function: see {@link logit}. */
export interface Treatment {
	/** Share of its gradient that each factor of a product keeps. */
	readonly factor: number;
	/** Whether the attention weights are constants. */
	readonly holdsAttention: boolean;
}

/**
 * The logit of a class at the last token, as a function whose gradient times input is the relevance of AttnLRP or CP-LRP
 * at that input (lxt's formulation): statistics of normalisations are constants, activations are a constant factor
 * f(x) / x, and a factor of a product enters as a share of itself and a constant rest. Constants are those of `reference`.
 */
export function logit(
	data: ArrayLike<number>,
	label: number,
	{ factor, holdsAttention }: Treatment,
	reference?: number[],
): { value: number; constants: number[] } {
	const constants: number[] = [];
	const held = (value: number): number => {
		constants.push(value);
		return reference ? (reference[constants.length - 1] as number) : value;
	};
	const part = (value: number) => factor * value + (1 - factor) * held(value);
	const identity = (f: (x: number) => number) => (x: number) => x * held(f(x) / x);
	const x = rowsOf(data);
	const norm1 = x.map((row) => {
		const mean = row.reduce((a, c) => a + c, 0) / C;
		const deviation = held(Math.sqrt(row.reduce((a, c) => a + (c - mean) ** 2, 0) / C + EPSILON));
		return row.map((value, c) => ((value - mean) / deviation) * at(PARAMS.norm1.gamma, c) + at(PARAMS.norm1.beta, c));
	});
	const [query, key, value] = [PARAMS.query, PARAMS.key, PARAMS.value].map((params) =>
		dense(norm1, params, HEADS * SIZE),
	) as [Matrix, Matrix, Matrix];
	const context = x.map((_, t) => {
		const made = new Array<number>(HEADS * SIZE).fill(0);
		for (let h = 0; h < HEADS; h++) {
			const product = (s: number) => {
				let sum = 0;
				for (let i = h * SIZE; i < (h + 1) * SIZE; i++)
					sum += (part(query[t]?.[i] as number) * part(key[s]?.[i] as number)) / Math.sqrt(SIZE);
				return sum;
			};
			const powers = Array.from({ length: t + 1 }, (_e, s) => Math.exp(product(s)));
			const total = powers.reduce((a, c) => a + c, 0);
			for (const [s, power] of powers.entries()) {
				const weight = holdsAttention ? held(power / total) : part(power / total);
				for (let i = h * SIZE; i < (h + 1) * SIZE; i++) {
					const weighed = value[s]?.[i] as number;
					made[i] = (made[i] as number) + weight * (holdsAttention ? weighed : part(weighed));
				}
			}
		}
		return made;
	});
	const sum1 = dense(context, PARAMS.output, C).map((row, t) => row.map((v, c) => v + (x[t]?.[c] as number)));
	const norm2 = sum1.map((row) => {
		const rms = held(Math.sqrt(row.reduce((a, c) => a + c * c, 0) / C + EPSILON));
		return row.map((v, c) => (v / rms) * at(PARAMS.norm2.scale, c));
	});
	const up = dense(norm2, PARAMS.up, HIDDEN).map((row) => row.map(identity(gelu)));
	const gate = dense(norm2, PARAMS.gate, HIDDEN).map((row) => row.map(identity(silu)));
	// Gating is a product like any other in both.
	const half = (v: number) => 0.5 * v + 0.5 * held(v);
	const gated = up.map((row, t) =>
		row.map((v, c) =>
			factor === 1 && !holdsAttention ? v * (gate[t]?.[c] as number) : half(v) * half(gate[t]?.[c] as number),
		),
	);
	const sum2 = dense(gated, PARAMS.down, C).map((row, t) => row.map((v, c) => v + (sum1[t]?.[c] as number)));
	const logits = dense(sum2, PARAMS.logits, CLASSES);
	return { value: logits[T - 1]?.[label] as number, constants };
}

const at = (values: Tensor, index: number) => values.data[index] as number;

/** Input times the gradient of {@link logit} with everything held as it is at the input, by central differences in float64. */
export function relevanceByDifferences(data: ArrayLike<number>, label: number, treatment: Treatment): number[] {
	const { constants } = logit(data, label, treatment);
	const step = 1e-5;
	return Array.from(data, (value, index) => {
		const moved = (by: number) => {
			const changed = Array.from(data);
			changed[index] = value + by;
			return logit(changed, label, treatment, constants).value;
		};
		return (value * (moved(step) - moved(-step))) / (2 * step);
	});
}

export { numbers };
