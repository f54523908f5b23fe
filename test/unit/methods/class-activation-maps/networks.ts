import { float32 } from "../../../../src/shared/tensor";
import { SmallModel, tensor } from "../../rules/small-model";

const FEATURES = 4;

/**
 * A vision transformer on pictures of 6 x 8: patches of 2 x 2, a class token (zeros, told by its position) and one block
 * of attention and dense layers; the class reads its token alone. Its `[tokens, features]` name no channels.
 */
export function visionTransformer(): SmallModel {
	const model = new SmallModel();
	const dense = (name: string, from: string, inputs: number, outputs: number, seed: number, activation?: string) =>
		model.layer(name, "Dense", from, {
			params: { kernel: tensor([inputs, outputs], seed), bias: tensor([outputs], seed + 50) },
			...(activation && { activation }),
		});
	const x = model.input("x", [6, 8, 1], { channelAxis: 3 });
	const patches = model.layer("patches", "Conv2D", x, {
		params: { kernel: tensor([2, 2, 1, FEATURES], 1) },
		attrs: { strides: [2, 2], padding: "valid" },
		channelAxis: 3,
	});
	const tokens = model.layer("tokens", "ReshapeExample", patches, { attrs: { shape: [12, FEATURES] } });
	const padded = model.layer("padded", "Pad", tokens, {
		attrs: {
			paddings: [
				[0, 0],
				[1, 0],
				[0, 0],
			],
		},
	});
	const { data } = tensor([13, FEATURES], 2);
	const positions = Array.from({ length: 13 }, (_, at) => Array.from(data.slice(at * FEATURES, (at + 1) * FEATURES)));
	const embedded = model.layer("embedded", "AddConstant", padded, { attrs: { constant: positions } });
	const [query, key, value] = ["query", "key", "value"].map((name, at) =>
		dense(name, embedded, FEATURES, FEATURES, 3 + at),
	) as [string, string, string];
	const scores = model.layer("scores", "MatMul", [query, key], { attrs: { transposeB: true } });
	const weights = model.layer("weights", "Softmax", scores, { attrs: { axis: -1 } });
	const attended = model.layer("attended", "MatMul", [weights, value]);
	const summed = model.layer("summed", "Add", [embedded, attended]);
	const mixed = dense("mixed", dense("spread", summed, FEATURES, 6, 7, "Relu"), 6, FEATURES, 8);
	const encoded = model.layer("encoded", "Add", [summed, mixed]);
	const token = model.layer("token", "TakeConstant", encoded, { attrs: { indices: [0], axis: 1 } });
	const flat = model.layer("flat", "Flatten", token, { channelAxis: 1 });
	return model.output(
		model.layer("predictions", "Dense", flat, { params: { kernel: tensor([FEATURES, 3], 9) }, channelAxis: 1 }),
	);
}

/** Convolution and ReLU, global average pooling, a dense layer: a classifier that class activation maps are made for. */
export function pooledClassifier({ channelsFirst = false } = {}): SmallModel {
	const model = new SmallModel();
	const layout = channelsFirst ? { dataFormat: "channels_first" } : {};
	const channelAxis = channelsFirst ? 1 : 3;
	const x = model.input("x", channelsFirst ? [2, 6, 6] : [6, 6, 2], { channelAxis });
	const conv = model.layer("conv", "Conv2D", x, {
		params: { kernel: tensor([3, 3, 2, 4], 1), bias: tensor([4], 2) },
		attrs: { padding: "valid", ...layout },
		activation: "Relu",
		channelAxis,
	});
	const average = model.layer("average", "GlobalAvgPool", conv, { attrs: layout, channelAxis: 1 });
	const norm = model.layer("norm", "BatchNormalization", average, {
		params: {
			gamma: tensor([4], 3),
			beta: tensor([4], 4),
			moving_mean: tensor([4], 5),
			moving_variance: float32([4], [0.5, 1, 2, 0.25]),
		},
		attrs: { axis: 1, epsilon: 1e-3 },
		channelAxis: 1,
	});
	return model.output(
		model.layer("predictions", "Dense", norm, {
			params: { kernel: tensor([4, 3], 8), bias: tensor([3], 9) },
			activation: "Softmax",
			channelAxis: 1,
		}),
	);
}
