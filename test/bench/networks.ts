import type { OpenedModel } from "../../src/core/formats/format";
import type { WeightInfo, WeightStore } from "../../src/core/formats/weights";
import type { Attr, Graph, GraphLayer, GraphNode, ParamRef } from "../../src/core/graph/types";
import { sizeOf } from "../../src/shared/tensor";

export type NetworkName = "mobilenet-v1" | "resnet-50" | "vgg-16";
export const NETWORKS: readonly NetworkName[] = ["mobilenet-v1", "resnet-50", "vgg-16"];

/** Class whose logit is explained, here and in reference.py. */
export const TARGET_CLASS = 281;
export const IMAGE_SIZE = 224;

/** Nodes and weights of a network, one layer a node, with batch normalisation in place as training leaves it. */
class NetworkBuilder {
	readonly nodes: GraphNode[] = [];
	readonly layers: GraphLayer[] = [];
	readonly weights = new Map<string, readonly number[]>();
	/** Of what is made next: maps have their channels last, vectors follow a global pooling or flattening. */
	private channelAxis = 3;

	emit(op: string, inputs: readonly string[], attrs: Record<string, Attr> = {}, shapes: Record<string, number[]> = {}) {
		const id = `${op.toLowerCase()}_${this.nodes.length}`;
		const params: Record<string, ParamRef> = {};
		if (op === "GlobalAvgPool" || op === "Flatten") this.channelAxis = 1;
		for (const [name, shape] of Object.entries(shapes)) {
			const weight = `${id}/${name}`;
			this.weights.set(weight, shape);
			params[name] = { weight, shape, dtype: "float32" };
		}
		const value = `${id}:0`;
		this.nodes.push({ id, op, inputs, outputs: [value], attrs, params, layer: id });
		this.layers.push({
			name: id,
			type: op,
			depth: 0,
			calls: [{ inputs, outputs: [value], nodes: [id] }],
			weights: Object.entries(params).map(([name, { shape }]) => ({ name, shape, dtype: "float32", trainable: true })),
			config: {},
			channelAxis: this.channelAxis,
			where: "built by the benchmark",
		});
		return value;
	}

	relu = (x: string) => this.emit("Relu", [x]);
	relu6 = (x: string) => this.emit("Relu6", [x]);

	normalise(x: string, channels: number): string {
		const shape = [channels];
		const statistics = { gamma: shape, beta: shape, moving_mean: shape, moving_variance: shape };
		return this.emit("BatchNormalization", [x], { axis: -1, epsilon: 1e-3 }, statistics);
	}

	/** A convolution without bias and its batch normalisation. */
	convNorm(x: string, taken: number, made: number, size: number, stride: number, padding: Attr = "same"): string {
		const attrs = { strides: [stride, stride], padding };
		return this.normalise(this.emit("Conv2D", [x], attrs, { kernel: [size, size, taken, made] }), made);
	}

	depthwiseNorm(x: string, channels: number, stride: number): string {
		const attrs = { strides: [stride, stride], padding: "same" };
		return this.normalise(this.emit("DepthwiseConv2D", [x], attrs, { kernel: [3, 3, channels, 1] }), channels);
	}

	conv(x: string, taken: number, made: number): string {
		return this.emit(
			"Conv2D",
			[x],
			{ strides: [1, 1], padding: "same" },
			{ kernel: [3, 3, taken, made], bias: [made] },
		);
	}

	dense(x: string, taken: number, made: number): string {
		return this.emit("Dense", [x], {}, { kernel: [taken, made], bias: [made] });
	}
}

type Layers = (net: NetworkBuilder, image: string) => string;

/** Howard et al. 2017, as in Keras applications. */
const mobilenet: Layers = (net, image) => {
	let x = net.relu6(net.convNorm(image, 3, 32, 3, 2));
	let channels = 32;
	const widths = [64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024];
	for (const width of widths) {
		const stride = width > channels && channels > 32 ? 2 : 1;
		x = net.relu6(net.depthwiseNorm(x, channels, stride));
		x = net.relu6(net.convNorm(x, channels, width, 1, 1));
		channels = width;
	}
	return net.dense(net.emit("GlobalAvgPool", [x]), 1024, 1000);
};

const AROUND = (cells: number): Attr => [
	[cells, cells],
	[cells, cells],
];

/** He et al. 2015, with the stride in the 3 x 3 convolution as in torchvision. */
const resnet: Layers = (net, image) => {
	const stem = net.relu(net.convNorm(image, 3, 64, 7, 2, AROUND(3)));
	const padded = net.emit("ZeroPadding", [stem], { padding: AROUND(1) });
	let x = net.emit("MaxPool", [padded], { window: [3, 3], strides: [2, 2], padding: "valid" });
	let channels = 64;
	const stages = [
		[64, 3],
		[128, 4],
		[256, 6],
		[512, 3],
	] as const;
	for (const [width, blocks] of stages) {
		for (let block = 0; block < blocks; block++) {
			const stride = block === 0 && width > 64 ? 2 : 1;
			const made = width * 4;
			const shortcut = block === 0 ? net.convNorm(x, channels, made, 1, stride, "valid") : x;
			const inner = net.relu(net.convNorm(x, channels, width, 1, 1));
			const spatial = net.relu(net.convNorm(inner, width, width, 3, stride, AROUND(1)));
			x = net.relu(net.emit("Add", [net.convNorm(spatial, width, made, 1, 1), shortcut]));
			channels = made;
		}
	}
	return net.dense(net.emit("GlobalAvgPool", [x]), 2048, 1000);
};

/** Simonyan and Zisserman 2014, configuration D. */
const vgg: Layers = (net, image) => {
	let x = image;
	let channels = 3;
	const stages = [
		[64, 2],
		[128, 2],
		[256, 3],
		[512, 3],
		[512, 3],
	] as const;
	for (const [width, convolutions] of stages) {
		for (let i = 0; i < convolutions; i++) {
			x = net.relu(net.conv(x, channels, width));
			channels = width;
		}
		x = net.emit("MaxPool", [x], { window: [2, 2], strides: [2, 2], padding: "valid" });
	}
	x = net.relu(net.dense(net.emit("Flatten", [x]), 7 * 7 * 512, 4096));
	x = net.relu(net.dense(x, 4096, 4096));
	return net.dense(x, 4096, 1000);
};

const LAYERS: Record<NetworkName, Layers> = { "mobilenet-v1": mobilenet, "resnet-50": resnet, "vgg-16": vgg };

/** A network for 224 x 224 x 3 images (input `image`, output `logits`), as if it had been read from a file. */
export function buildNetwork(name: NetworkName, seed = 1): OpenedModel {
	const net = new NetworkBuilder();
	const value = LAYERS[name](net, "image");
	const shape = [null, IMAGE_SIZE, IMAGE_SIZE, 3];
	const last = net.nodes.at(-1)?.layer ?? "";
	const input: GraphLayer = {
		name: "image",
		type: "InputLayer",
		depth: 0,
		calls: [{ inputs: [], outputs: ["image"], nodes: [] }],
		weights: [],
		config: {},
		channelAxis: 3,
		where: "built by the benchmark",
	};
	const graph: Graph = {
		format: { id: "bench", title: "Benchmark network" },
		inputs: [{ name: "image", value: "image", shape, dtype: "float32", layer: "image" }],
		outputs: [{ name: "logits", value, shape: [null, 1000], dtype: "float32", layer: last }],
		nodes: net.nodes,
		layers: [input, ...net.layers],
		notices: [],
		passes: [],
	};
	return { graph, weights: new HeWeights(name, net.weights, seed) };
}

/**
 * He et al. 2015: kernels uniform with variance 2 / fan-in, small biases, statistics of normalisations near 0 and 1.
 * Keeps activations near one through any depth, so that no engine meets denormal numbers, which some compute fifty
 * times slower. No addend is zero: an engine would drop an addition of zeros.
 */
class HeWeights implements WeightStore {
	constructor(
		private readonly network: string,
		private readonly shapes: ReadonlyMap<string, readonly number[]>,
		private readonly seed: number,
	) {}

	list(): readonly WeightInfo[] {
		return [...this.shapes.keys()].map((name) => this.info(name));
	}

	info(name: string): WeightInfo {
		return { name, shape: this.shapes.get(name) ?? [], dtype: "float32", where: "seeded random numbers" };
	}

	async read(name: string) {
		const shape = this.shapes.get(name) ?? [];
		const data = new Float32Array(sizeOf(shape));
		const [layer, weight] = name.split("/") as [string, string];
		const fanIn = layer.startsWith("depthwise") ? 9 : sizeOf(shape.slice(0, -1));
		fillUniform(
			data,
			weight === "kernel" ? Math.sqrt(6 / fanIn) : 0.1,
			this.seed + [...this.shapes.keys()].indexOf(name),
		);
		const isScale = weight === "gamma" || weight === "moving_variance";
		return { dtype: "float32" as const, shape, data: isScale ? data.map((value) => 1 + value) : data };
	}

	async fingerprint(name: string): Promise<string> {
		return `benchmark 3 ${this.network} ${this.seed} ${name}`;
	}

	close(): void {}
}

/** Marsaglia's xorshift32, in [-bound, bound). */
export function fillUniform(data: Float32Array, bound: number, seed: number): void {
	let state = Math.imul(seed + 1, 2654435761) >>> 0 || 1;
	for (let i = 0; i < data.length; i++) {
		state ^= state << 13;
		state ^= state >>> 17;
		state ^= state << 5;
		data[i] = ((state >>> 0) / 2 ** 31 - 1) * bound;
	}
}
