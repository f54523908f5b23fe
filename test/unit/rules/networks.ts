import { float32 } from "../../../src/shared/tensor";
import { SmallModel, tensor } from "./small-model";

/** Convolution, batch norm, ReLU, max pooling, a residual add, average pooling, a dense softmax: every kind of rule. */
export function residualNetwork(): SmallModel {
	const model = new SmallModel();
	const x = model.input("x", [6, 6, 2], { channelAxis: 3 });
	const kernel = (inputs: number, outputs: number, seed: number) => tensor([3, 3, inputs, outputs], seed);
	const conv1 = model.layer("conv1", "Conv2D", x, {
		params: { kernel: kernel(2, 4, 1), bias: tensor([4], 2) },
		attrs: { padding: "same" },
		channelAxis: 3,
	});
	const norm1 = model.layer("norm1", "BatchNormalization", conv1, {
		params: {
			gamma: tensor([4], 3),
			beta: tensor([4], 4),
			moving_mean: tensor([4], 5),
			moving_variance: float32([4], [0.5, 1, 2, 0.25]),
		},
		attrs: { axis: 3, epsilon: 1e-3 },
		channelAxis: 3,
	});
	const relu1 = model.layer("relu1", "Relu", norm1, { channelAxis: 3 });
	const pool = model.layer("pool", "MaxPool", relu1, {
		attrs: { window: [2, 2], strides: [2, 2], padding: "valid" },
		channelAxis: 3,
	});
	const conv2 = model.layer("conv2", "Conv2D", pool, {
		params: { kernel: kernel(4, 4, 6), bias: tensor([4], 7) },
		attrs: { padding: "same" },
		activation: "Relu",
		channelAxis: 3,
	});
	const sum = model.layer("sum", "Add", [pool, conv2], { channelAxis: 3 });
	const average = model.layer("average", "GlobalAvgPool", sum, { channelAxis: 1 });
	const dense = model.layer("predictions", "Dense", average, {
		params: { kernel: tensor([4, 3], 8), bias: tensor([3], 9) },
		activation: "Softmax",
		channelAxis: 1,
	});
	return model.output(dense);
}

/** As {@link residualNetwork} without biases and normalisation, so that nothing but the inputs can take relevance. */
export function biasFreeNetwork(): SmallModel {
	const model = new SmallModel();
	const x = model.input("x", [6, 6, 2], { channelAxis: 3 });
	const conv1 = model.layer("conv1", "Conv2D", x, {
		params: { kernel: tensor([3, 3, 2, 4], 1) },
		attrs: { padding: "same" },
		activation: "Relu",
		channelAxis: 3,
	});
	const conv2 = model.layer("conv2", "Conv2D", conv1, {
		params: { kernel: tensor([3, 3, 4, 4], 6) },
		attrs: { padding: "same" },
		activation: "Relu",
		channelAxis: 3,
	});
	const sum = model.layer("sum", "Add", [conv1, conv2], { channelAxis: 3 });
	const average = model.layer("average", "GlobalAvgPool", sum, { channelAxis: 1 });
	return model.output(
		model.layer("predictions", "Dense", average, { params: { kernel: tensor([4, 3], 8) }, channelAxis: 1 }),
	);
}
