import type { WeightSource } from "../../src/core/engine/engine";
import { Builder } from "../../src/core/program/builder";
import { BATCH } from "../../src/core/program/dims";
import type { Program, Value } from "../../src/core/program/types";
import { vjp } from "../../src/core/program/vjp";
import {
	add,
	broadcastTo,
	constant,
	conv2d,
	depthwiseConv2d,
	matmul,
	maxPool2d,
	mean,
	minimum,
	pad,
	relu,
	reshape,
	samePadding,
} from "../../src/core/program/vocabulary";
import { sizeOf, type Tensor } from "../../src/shared/tensor";

export type NetworkName = "mobilenet-v1" | "resnet-50" | "vgg-16";

/** Class whose logit is differentiated, here and in reference.py. */
export const TARGET_CLASS = 281;

/** A network at 224 x 224 x 3, as it is after batch normalisation has been folded into the convolutions. */
export interface Network {
	readonly name: NetworkName;
	/** Input `image`, output `logits`. */
	readonly forward: Program;
	/** Input `image`, output `gradient` of one logit with respect to it. */
	readonly gradient: Program;
	readonly weights: WeightSource;
	/** Number of weights. */
	readonly parameters: number;
}

type Layers = (net: NetworkBuilder, image: Value) => Value;

/** Layers with weights that are declared as they are met. */
class NetworkBuilder {
	readonly shapes = new Map<string, readonly number[]>();
	constructor(readonly b: Builder) {}

	private weight(name: string, shape: readonly number[]): Value {
		this.shapes.set(name, shape);
		return this.b.weight(name, "float32", shape);
	}

	/** Convolution with bias; `padding` "same" is TensorFlow's, a number is that many zeros on every side. */
	conv(x: Value, filters: number, size: number, stride = 1, padding: "same" | number = "same"): Value {
		const index = this.shapes.size;
		const kernel = this.weight(`kernel_${index}`, [size, size, x.shape[3] as number, filters]);
		const around = [1, 2].map((axis) =>
			padding === "same"
				? samePadding(x.shape[axis] as number, size, stride)
				: ([padding, padding] as [number, number]),
		);
		const y = conv2d(this.b, x, kernel, { strides: [stride, stride], padding: around, dilations: [1, 1] });
		return add(this.b, y, this.weight(`bias_${index}`, [filters]));
	}

	depthwise(x: Value, stride: number): Value {
		const index = this.shapes.size;
		const channels = x.shape[3] as number;
		const kernel = this.weight(`depthwise_${index}`, [3, 3, channels, 1]);
		const around = [1, 2].map((axis) => samePadding(x.shape[axis] as number, 3, stride));
		const y = depthwiseConv2d(this.b, x, kernel, { strides: [stride, stride], padding: around, dilations: [1, 1] });
		return add(this.b, y, this.weight(`bias_${index}`, [channels]));
	}

	dense(x: Value, units: number): Value {
		const index = this.shapes.size;
		const y = matmul(this.b, x, this.weight(`dense_${index}`, [x.shape[1] as number, units]));
		return add(this.b, y, this.weight(`bias_${index}`, [units]));
	}
}

/** Howard et al. 2017, as in Keras applications. */
const mobilenet: Layers = (net, image) => {
	const relu6 = (x: Value) => minimum(net.b, 6, relu(net.b, x));
	let x = relu6(net.conv(image, 32, 3, 2));
	const blocks = [
		[64, 1],
		[128, 2],
		[128, 1],
		[256, 2],
		[256, 1],
		[512, 2],
		[512, 1],
		[512, 1],
		[512, 1],
		[512, 1],
		[512, 1],
		[1024, 2],
		[1024, 1],
	] as const;
	for (const [filters, stride] of blocks) x = relu6(net.conv(relu6(net.depthwise(x, stride)), filters, 1));
	return net.dense(mean(net.b, x, [1, 2]), 1000);
};

/** He et al. 2015, with the stride in the 3 x 3 convolution as in torchvision. */
const resnet: Layers = (net, image) => {
	const { b } = net;
	let x = relu(b, net.conv(image, 64, 7, 2, 3));
	x = maxPool2d(
		b,
		pad(b, x, [
			[0, 0],
			[1, 1],
			[1, 1],
			[0, 0],
		]),
		{ window: [3, 3], strides: [2, 2], padding: "valid" },
	);
	for (const [width, blocks, stride] of [
		[64, 3, 1],
		[128, 4, 2],
		[256, 6, 2],
		[512, 3, 2],
	] as const) {
		for (let block = 0; block < blocks; block++) {
			const step = block === 0 ? stride : 1;
			const shortcut = block === 0 ? net.conv(x, width * 4, 1, step, 0) : x;
			const inner = relu(b, net.conv(relu(b, net.conv(x, width, 1)), width, 3, step, 1));
			x = relu(b, add(b, net.conv(inner, width * 4, 1), shortcut));
		}
	}
	return net.dense(mean(b, x, [1, 2]), 1000);
};

/** Simonyan and Zisserman 2014. */
const vgg: Layers = (net, image) => {
	const { b } = net;
	let x = image;
	for (const [filters, convolutions] of [
		[64, 2],
		[128, 2],
		[256, 3],
		[512, 3],
		[512, 3],
	] as const) {
		for (let i = 0; i < convolutions; i++) x = relu(b, net.conv(x, filters, 3));
		x = maxPool2d(b, x, { window: [2, 2], strides: [2, 2], padding: "valid" });
	}
	x = reshape(b, x, [BATCH, 7 * 7 * 512]);
	x = relu(b, net.dense(x, 4096));
	x = relu(b, net.dense(x, 4096));
	return net.dense(x, 1000);
};

const LAYERS: Record<NetworkName, Layers> = { "mobilenet-v1": mobilenet, "resnet-50": resnet, "vgg-16": vgg };

export function buildNetwork(name: NetworkName, seed = 1): Network {
	const forward = new Builder();
	const net = new NetworkBuilder(forward);
	const image = () => [BATCH, 224, 224, 3];
	forward.output("logits", LAYERS[name](net, forward.input("image", "float32", image())));

	const backward = new Builder();
	const input = backward.input("image", "float32", image());
	const logits = LAYERS[name](new NetworkBuilder(backward), input);
	const target = Array.from({ length: 1000 }, (_, index) => (index === TARGET_CLASS ? 1 : 0));
	const [gradient] = vjp(
		backward,
		[[logits, broadcastTo(backward, constant(backward, target, [1000]), logits.shape)]],
		[input],
	);
	if (!gradient) throw new Error(`${name}: the logit does not depend on the image`);
	backward.output("gradient", gradient);

	const parameters = [...net.shapes.values()].reduce((sum, shape) => sum + sizeOf(shape), 0);
	return {
		name,
		forward: forward.build(),
		gradient: backward.build(),
		weights: heWeights(name, net.shapes, seed),
		parameters,
	};
}

/**
 * He et al. 2015: uniform with variance 2 / fan-in; small biases. Keeps activations near one through any depth, so that no
 * engine meets denormal numbers, which some compute fifty times slower.
 */
function heWeights(network: string, shapes: ReadonlyMap<string, readonly number[]>, seed: number): WeightSource {
	return {
		read: async (name): Promise<Tensor> => {
			const shape = shapes.get(name) ?? [];
			const data = new Float32Array(sizeOf(shape));
			const fanIn = name.startsWith("depthwise") ? 9 : sizeOf(shape.slice(0, -1));
			// Not zero: an engine would drop an addition of zeros.
			const bound = name.startsWith("bias") ? 0.1 : Math.sqrt(6 / fanIn);
			fillUniform(data, bound, seed * 7919 + Number(name.split("_")[1]) + (name.startsWith("bias") ? 5000 : 0));
			return { dtype: "float32", shape, data };
		},
		fingerprint: async (name) => `bench-2-${network}-${seed}-${name}`,
	};
}

/** Marsaglia's xorshift32, in [-bound, bound). */
export function fillUniform(data: Float32Array, bound: number, seed: number): void {
	let state = (seed * 2654435761) >>> 0 || 1;
	for (let i = 0; i < data.length; i++) {
		state ^= state << 13;
		state ^= state >>> 17;
		state ^= state << 5;
		data[i] = ((state >>> 0) / 2 ** 31 - 1) * bound;
	}
}
