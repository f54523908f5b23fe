import { float32, type Tensor } from "../../../src/shared/tensor";
import { type Attribute, type NodeSpec, onnxFile } from "../../support/onnx-writer";

/** Sizes as the header of a llama2.c checkpoint of version 0 has them: seven int32. */
interface Sizes {
	readonly dim: number;
	readonly hidden: number;
	readonly layers: number;
	readonly heads: number;
	readonly keyHeads: number;
	readonly vocabulary: number;
	readonly length: number;
}

const HEADER = 7 * 4;
const EPSILON = 1e-5;
const BASE = 10_000;

/** Reads a checkpoint's tensors in their order: each layer's own, matrices as [out, in]. */
class Checkpoint {
	readonly sizes: Sizes;
	private offset = HEADER;

	constructor(private readonly file: Buffer) {
		const [dim, hidden, layers, heads, keyHeads, vocabulary, length] = Array.from({ length: 7 }, (_, at) =>
			file.readInt32LE(4 * at),
		) as [number, number, number, number, number, number, number];
		this.sizes = { dim, hidden, layers, heads, keyHeads, vocabulary: Math.abs(vocabulary), length };
		if (vocabulary < 0) throw new Error("a checkpoint with an output matrix of its own");
	}

	take(...shape: number[]): Tensor {
		const size = shape.reduce((product, extent) => product * extent, 1);
		const data = Float32Array.from({ length: size }, (_, at) => this.file.readFloatLE(this.offset + 4 * at));
		this.offset += 4 * size;
		return float32(shape, data);
	}

	each(...shape: number[]): Tensor[] {
		return Array.from({ length: this.sizes.layers }, () => this.take(...shape));
	}
}

function transposed({ shape, data }: Tensor): Tensor {
	const [rows, columns] = shape as [number, number];
	const values = new Float32Array(data.length);
	for (let row = 0; row < rows; row++)
		for (let column = 0; column < columns; column++) values[column * rows + row] = data[row * columns + column]!;
	return float32([columns, rows], values);
}

/**
 * The Llama 2 network of a llama2.c checkpoint (github.com/karpathy/llama2.c, version 0) for so many tokens, as an ONNX
 * file: RMSNorm, rotary embedding of interleaved pairs, query heads that share key heads, gated SiLU.
 */
export function llamaNetwork(file: Buffer, tokens: number): Uint8Array {
	const checkpoint = new Checkpoint(file);
	const { dim, hidden, layers, heads, keyHeads, vocabulary } = checkpoint.sizes;
	const width = dim / heads;
	const embedding = checkpoint.take(vocabulary, dim);
	const norm1 = checkpoint.each(dim);
	const query = checkpoint.each(dim, dim);
	const key = checkpoint.each(keyHeads * width, dim);
	const value = checkpoint.each(keyHeads * width, dim);
	const out = checkpoint.each(dim, dim);
	const norm2 = checkpoint.each(dim);
	const gate = checkpoint.each(hidden, dim);
	const down = checkpoint.each(dim, hidden);
	const up = checkpoint.each(hidden, dim);
	const norm = checkpoint.take(dim);

	const weights = new Map<string, Tensor>();
	const nodes: NodeSpec[] = [];
	const weight = (name: string, tensor: Tensor): string => {
		weights.set(name, tensor);
		return name;
	};
	const whole = (name: string, values: readonly number[]): string =>
		weight(name, { dtype: "int32", shape: [values.length], data: Int32Array.from(values) });
	const emit = (
		name: string,
		op: string,
		inputs: readonly string[],
		attributes: Record<string, Attribute> = {},
	): string => {
		nodes.push({ name, op, inputs, attributes });
		return name;
	};
	const linear = (name: string, input: string, matrix: Tensor): string =>
		emit(name, "MatMul", [input, weight(`${name}.weight`, transposed(matrix))]);
	const rms = (name: string, input: string, scale: Tensor): string =>
		emit(name, "RMSNormalization", [input, weight(`${name}.weight`, scale)], { axis: -1, epsilon: EPSILON });

	const angles = (of: (angle: number) => number): Tensor => {
		const data = Float32Array.from({ length: (tokens * width) / 2 }, (_, at) => {
			const [position, pair] = [Math.floor(at / (width / 2)), at % (width / 2)];
			return of(position * BASE ** ((-2 * pair) / width));
		});
		return float32([1, tokens, 1, width / 2, 1], data);
	};
	const [cosines, sines] = [weight("cosines", angles(Math.cos)), weight("sines", angles(Math.sin))];
	const rotated = (name: string, input: string, count: number): string => {
		const pairs = emit(`${name}/pairs`, "Reshape", [
			input,
			whole(`${name}/pairs.shape`, [0, tokens, count, width / 2, 2]),
		]);
		nodes.push({
			name: `${name}/split`,
			op: "Split",
			inputs: [pairs],
			outputs: [`${name}/even`, `${name}/odd`],
			attributes: { axis: -1, num_outputs: 2 },
		});
		const times = (of: string, by: string) => emit(`${name}/${of} ${by}`, "Mul", [`${name}/${of}`, by]);
		const even = emit(`${name}/real`, "Sub", [times("even", cosines), times("odd", sines)]);
		const odd = emit(`${name}/imaginary`, "Add", [times("even", sines), times("odd", cosines)]);
		const joined = emit(`${name}/joined`, "Concat", [even, odd], { axis: -1 });
		return emit(`${name}/turned`, "Reshape", [joined, whole(`${name}/turned.shape`, [0, tokens, count, width])]);
	};
	const shared = whole(
		"key heads",
		Array.from({ length: heads }, (_, head) => Math.floor((head * keyHeads) / heads)),
	);
	const mask = Float32Array.from({ length: tokens * tokens }, (_, at) =>
		at % tokens > Math.floor(at / tokens) ? Number.NEGATIVE_INFINITY : 0,
	);
	weight("causal", float32([1, 1, tokens, tokens], mask));
	weight("scale", float32([], [1 / Math.sqrt(width)]));

	let x = emit("embed", "Gather", [weight("embed.weight", embedding), "tokens"], { axis: 0 });
	for (let layer = 0; layer < layers; layer++) {
		const at = `layers.${layer}`;
		const normed = rms(`${at}/norm1`, x, norm1[layer]!);
		const headsOf = (name: string, input: string, count: number) =>
			emit(name, "Reshape", [input, whole(`${name}.shape`, [0, tokens, count, width])]);
		const perQuery = (name: string, input: string) => emit(name, "Gather", [input, shared], { axis: 2 });
		const q = rotated(`${at}/q`, linear(`${at}/wq`, normed, query[layer]!), heads);
		const k = perQuery(`${at}/k shared`, rotated(`${at}/k`, linear(`${at}/wk`, normed, key[layer]!), keyHeads));
		const v = perQuery(`${at}/v shared`, headsOf(`${at}/v`, linear(`${at}/wv`, normed, value[layer]!), keyHeads));
		const qh = emit(`${at}/q heads`, "Transpose", [q], { perm: [0, 2, 1, 3] });
		const kh = emit(`${at}/k heads`, "Transpose", [k], { perm: [0, 2, 3, 1] });
		const vh = emit(`${at}/v heads`, "Transpose", [v], { perm: [0, 2, 1, 3] });
		const scores = emit(`${at}/scores`, "Mul", [emit(`${at}/qk`, "MatMul", [qh, kh]), "scale"]);
		const masked = emit(`${at}/masked`, "Add", [scores, "causal"]);
		const attention = emit(`${at}/attention`, "Softmax", [masked], { axis: -1 });
		const context = emit(`${at}/context`, "MatMul", [attention, vh]);
		const joined = emit(`${at}/tokens`, "Transpose", [context], { perm: [0, 2, 1, 3] });
		const flat = emit(`${at}/flat`, "Reshape", [joined, whole(`${at}/flat.shape`, [0, tokens, dim])]);
		const middle = emit(`${at}/add1`, "Add", [x, linear(`${at}/wo`, flat, out[layer]!)]);
		const inner = rms(`${at}/norm2`, middle, norm2[layer]!);
		const gated = linear(`${at}/w1`, inner, gate[layer]!);
		const silu = emit(`${at}/silu`, "Mul", [gated, emit(`${at}/sigmoid`, "Sigmoid", [gated])]);
		const product = emit(`${at}/gated`, "Mul", [silu, linear(`${at}/w3`, inner, up[layer]!)]);
		x = emit(`${at}/add2`, "Add", [middle, linear(`${at}/w2`, product, down[layer]!)]);
	}
	const logits = linear("logits", rms("norm", x, norm), embedding);
	return onnxFile({
		opset: 23,
		inputs: [{ name: "tokens", type: "int64", shape: ["N", tokens] }],
		outputs: [{ name: logits, type: "float32", shape: ["N", tokens, vocabulary] }],
		nodes,
		weights,
	});
}
