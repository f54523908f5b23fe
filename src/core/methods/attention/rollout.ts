import { UnsupportedError } from "../../../shared/errors";
import { float32, type Tensor } from "../../../shared/tensor";
import type { AttentionBlock } from "../../graph/attention";
import type { Method } from "../method";
import { needAttention, needPlace } from "./transformer";

const FUSIONS: Readonly<Record<string, (values: readonly number[]) => number>> = {
	mean: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
	max: (values) => Math.max(...values),
	min: (values) => Math.min(...values),
};

/** Abnar and Zuidema 2020; numbers of their definition. */
export const attentionRollout: Method = {
	id: "attention-rollout",
	title: "Attention rollout",
	family: "attention",
	answers: "From which tokens can what is at each position have come, layer by layer, by attention alone?",
	paper: "Abnar, Zuidema 2020, Quantifying attention flow in transformers, arXiv:2005.00928",
	reference:
		"The paper: half attention, half residual connection, rows made to sum to 1, multiplied from the first layer up; heads are averaged. head_fusion has the choices of jacobgil/vit-explain",
	formula: "A_l ... A_2 A_1, where A = (mean over heads + I) / 2, rows divided by their sums",
	needs: { unit: false, input: true, attention: true },
	at: "none",
	quantity: "unsigned",
	promisesCompleteness: false,
	parameters: [
		{
			name: "head_fusion",
			type: "choice",
			default: "mean",
			choices: Object.keys(FUSIONS),
			help: "How the weights of several heads become one (vit-explain: head_fusion).",
		},
	],
	async *run(session, { inputs, parameters, signal }) {
		const blocks = needAttention(session.graph);
		const places = blocks.map(({ weights }) => needPlace(session.graph, weights));
		const weights = await session.forward(inputs, places, signal);
		const fuse = FUSIONS[String(parameters.head_fusion)] ?? FUSIONS.mean!;
		const fused = weights.map((tensor, at) => fusedHeads(tensor, blocks[at] as AttentionBlock, fuse));
		const [examples = 1, tokens = 1] = fused[0]?.shape ?? [];
		const layers: Tensor[] = [];
		for (const [at, { shape, data }] of fused.entries()) {
			if (shape[1] !== tokens || shape[2] !== tokens)
				throw new UnsupportedError(
					`the attention "${blocks[at]?.layer}" is from ${shape[2]} tokens to ${shape[1]}, that of "${blocks[0]?.layer}" among ${tokens}`,
					blocks[at]?.layer,
					"Rollout multiplies attention among the same tokens; look at the weights of one layer instead.",
				);
			layers.push(product(withResidual(data, tokens), layers.at(-1), [examples, tokens, tokens]));
		}
		// The last layer first: it is what is shown before another is chosen.
		const maps = layers.map((tensor, at) => ({
			at: blocks[at]?.layer ?? "",
			title: `after ${blocks[at]?.layer}`,
			tensor,
			channelAxis: -1,
		}));
		yield { maps: maps.reverse(), progress: 1 };
	},
};

/** [N, queries, keys] */
function fusedHeads(
	{ shape, data }: Tensor,
	{ layer, weightsAxis }: AttentionBlock,
	fuse: (values: readonly number[]) => number,
): Tensor {
	const axis = shape.length + weightsAxis;
	const heads = axis > 0 ? (shape[axis] ?? 1) : 1;
	const [queries, keys] = shape.slice(-2) as [number, number];
	const examples = shape[0] ?? 1;
	if (weightsAxis !== -3 || data.length !== examples * heads * queries * keys)
		throw new UnsupportedError(
			`the attention "${layer}" has weights of the shape [${shape.join(", ")}]: it looks at windows or axes one by one`,
			layer,
			"Rollout wants attention of every token to every token.",
		);
	const size = queries * keys;
	const made = new Float32Array(examples * size);
	for (let example = 0; example < examples; example++)
		for (let cell = 0; cell < size; cell++)
			made[example * size + cell] = fuse(
				Array.from({ length: heads }, (_, head) => data[(example * heads + head) * size + cell] ?? 0),
			);
	return float32([examples, queries, keys], made);
}

/** Half the weights, half the identity; rows sum to 1. */
function withResidual(data: ArrayLike<number>, tokens: number): Float64Array {
	const rows = Float64Array.from(data, (value, at) => {
		const [query, key] = [Math.floor(at / tokens) % tokens, at % tokens];
		return (value + Number(query === key)) / 2;
	});
	for (let row = 0; row < rows.length; row += tokens) {
		const sum = rows.subarray(row, row + tokens).reduce((total, value) => total + value, 0);
		for (let at = row; at < row + tokens; at++) rows[at] = (rows[at] ?? 0) / sum;
	}
	return rows;
}

/** The layer times all before it, for each example. */
function product(layer: Float64Array, before: Tensor | undefined, shape: readonly [number, number, number]): Tensor {
	if (!before) return float32([...shape], Float32Array.from(layer));
	const [examples, tokens] = shape;
	const made = new Float32Array(layer.length);
	for (let example = 0; example < examples; example++) {
		const offset = example * tokens * tokens;
		for (let row = 0; row < tokens; row++)
			for (let column = 0; column < tokens; column++) {
				let sum = 0;
				for (let at = 0; at < tokens; at++)
					sum += (layer[offset + row * tokens + at] ?? 0) * Number(before.data[offset + at * tokens + column] ?? 0);
				made[offset + row * tokens + column] = sum;
			}
	}
	return float32([...shape], made);
}
