import { float32, type Tensor } from "../../../shared/tensor";
import { formatPlace } from "../../../shared/unit-parser";
import type { AttentionBlock } from "../../graph/attention";
import type { ResidualStream } from "../../graph/residual-stream";
import { div, mul, stabilize } from "../../program/vocabulary";
import { namedComposite } from "../../rules/lrp-composites/named";
import type { Composite, Rule } from "../../rules/rule";
import { resolvePlace } from "../../units/place";
import { sumPerExample, walk } from "../backward-method";
import type { Method } from "../method";
import { needPlace, needStream } from "./transformer";

const stop: Rule = { id: "stop", backward: ({ inputs }) => inputs.map(() => undefined) };

/** A constant takes its part of what it is added to. */
const withConstant: Rule = {
	id: "share-with-constant",
	backward({ b, inputs: [x], outputs: [y], relevance: [arrived] }) {
		return x && y && arrived ? [mul(b, x, div(b, arrived, stabilize(b, y, STABILIZER)))] : [undefined];
	},
};

/** Keeps denominators away from 0. */
const STABILIZER = 1e-9;

/** Linear from the unit back to the sum of the stream, and into what was added to it, not further. */
function directComposite({ readers, last }: ResidualStream): Composite {
	const linear = namedComposite("AttnLRP", {});
	return {
		id: `direct(${last},${linear.id})`,
		rule(node, op, context) {
			if (readers.has(node.id)) return stop;
			return /^(AddConstant|ConstantAdd)$/.test(node.op) ? withConstant : linear.rule(node, op, context);
		},
	};
}

/** TransformerLens `ActivationCache.logit_attrs` with the final norm's statistics held. */
export const directLogitAttribution: Method = {
	id: "direct-logit-attribution",
	title: "Direct logit attribution",
	family: "attention",
	answers: "What does each head, each MLP and each embedding add to the logit, on the direct way to the output?",
	paper:
		"Elhage et al. 2021, A mathematical framework for transformer circuits, transformer-circuits.pub/2021/framework",
	reference:
		"TransformerLens logit_attrs: the final norm with the statistics of the whole stream, so that all contributions sum to the logit; biases are told apart",
	formula: "w . norm'(c) for each summand c of the last residual stream, norm' with its statistics held",
	needs: { unit: true, input: true, attention: true },
	at: "none",
	quantity: "signed",
	promisesCompleteness: true,
	parameters: [],
	async *run(session, request) {
		const { graph } = session;
		const stream = needStream(graph, resolvePlace(graph, request.unit.unit.place).value);
		const attentions = stream.branches.flatMap(({ attention }) => (attention?.context ? [attention] : []));
		const place = (value: string) => needPlace(graph, value);
		const values = [
			...stream.branches.map(({ value }) => value),
			...stream.embeddings,
			stream.first,
			...attentions.map(({ context }) => context as string),
		];
		const { maps, unitValue } = await walk(session, request, {
			composite: directComposite(stream),
			at: values.map(place),
			start: "value",
		});
		const n = unitValue.length;
		const tensorOf = (value: string) => maps[values.indexOf(value)]?.tensor ?? float32([n], new Float32Array(n));
		const sums = (of: readonly string[]) => of.map((value) => sumPerExample([tensorOf(value)]));
		const branches = sums(stream.branches.map(({ value }) => value));
		const varying = sums(stream.embeddings);
		const [whole = []] = sums([stream.first]);
		const constant = whole.map((sum, example) => sum - sumOf(varying.map((found) => found[example] ?? 0)));
		const embeddings = [...varying, ...(stream.hasConstant ? [constant] : [])];
		const heads = attentions.map((block) => perHead(tensorOf(block.context as string), block));
		const isAttention = stream.branches.map(({ attention }) => attention?.context !== undefined);
		const attention = branches.filter((_, at) => isAttention[at]);
		const biases = attention.map((sum, at) => sum.map((total, example) => total - sumOf(heads[at]?.[example] ?? [])));
		const rest = Array.from(
			unitValue,
			(value, example) => value - sumOf([...branches, ...embeddings].map((sum) => sum[example] ?? 0)),
		);
		const table = (title: string, columns: readonly (readonly number[])[]) => ({
			at: formatPlace(place(stream.last)),
			title,
			tensor: float32(
				[n, columns.length],
				Float32Array.from(
					{ length: n * columns.length },
					(_, at) => columns[at % columns.length]?.[Math.floor(at / columns.length)] ?? 0,
				),
			),
			channelAxis: 1,
		});
		const most = Math.max(0, ...heads.map(([first]) => first?.length ?? 0));
		yield {
			maps: [
				{
					at: formatPlace(place(stream.last)),
					title: "heads",
					tensor: float32(
						[n, heads.length, most],
						Float32Array.from({ length: n * heads.length * most }, (_, at) => {
							const [example, layer] = [Math.floor(at / (heads.length * most)), Math.floor(at / most) % heads.length];
							return heads[layer]?.[example]?.[at % most] ?? 0;
						}),
					),
					channelAxis: -1,
				},
				table("attention biases", biases),
				table(
					"MLPs",
					branches.filter((_, at) => !isAttention[at]),
				),
				table("embeddings", embeddings),
				table("biases after the stream", [rest]),
			].filter(({ tensor }) => tensor.data.length > 0),
			progress: 1,
			unitValue: unitValue[0],
			expectedSum: Array.from(unitValue),
		};
	},
};

/** The sum over everything but the heads: [example][head]. */
function perHead({ shape, data }: Tensor, { contextAxis }: AttentionBlock): number[][] {
	const axis = shape.length + contextAxis;
	const heads = shape[axis] ?? 1;
	const inner = shape.slice(axis + 1).reduce((product, extent) => product * extent, 1);
	const size = data.length / Math.max(1, shape[0] ?? 1);
	return Array.from({ length: shape[0] ?? 1 }, (_, example) => {
		const sums = new Array<number>(heads).fill(0);
		for (let at = 0; at < size; at++) {
			const head = Math.floor(at / inner) % heads;
			sums[head] = (sums[head] ?? 0) + Number(data[example * size + at] ?? 0);
		}
		return sums;
	});
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
