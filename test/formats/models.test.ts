import assert from "node:assert/strict";
import { openModel } from "../../src/core/formats/registry";
import { summarize } from "../../src/core/graph/summary";
import type { ModelSummary } from "../../src/shared/model";
import { needTestdata } from "../support/testdata";

interface Expected {
	readonly file: readonly string[];
	readonly format: string;
	readonly producer: RegExp;
	/** As INDEX.md of the test data and the training code tell. */
	readonly parameters: number;
	readonly input: string;
	readonly output: string;
	/** `name Class` of layers that stand for the rest. */
	readonly layers: readonly string[];
	/** Number of layers of a class. */
	readonly counts: Readonly<Record<string, number>>;
}

const LENET = [
	"Conv2D_1 Conv2D",
	"MaxPooling2D_1 MaxPooling2D",
	"Conv2D_2 Conv2D",
	"MaxPooling2D_2 MaxPooling2D",
	"Dense_1 Dense",
	"Dense_2 Dense",
	"Softmax Dense",
];

const models: readonly Expected[] = [
	{
		file: ["keras-h5", "mlperf-tiny-resnet8-cifar10", "pretrainedResnet.h5"],
		format: "keras-h5",
		producer: /Keras 2\.4\.0/,
		parameters: 78_666,
		input: "input_1[null,32,32,3]",
		output: "dense[null,10]",
		layers: ["conv2d Conv2D", "add_2 Add", "average_pooling2d AveragePooling2D", "dense Dense"],
		counts: { Add: 3, BatchNormalization: 7, Conv2D: 9 },
	},
	{
		file: ["keras-h5", "mlperf-tiny-wakeword-dscnn", "str_ww_ref_model.h5"],
		format: "keras-h5",
		producer: /Keras 2\.14\.0/,
		parameters: 47_707,
		input: "input_1[null,30,1,40]",
		output: "dense[null,3]",
		layers: ["depthwise_conv2d DepthwiseConv2D", "flatten Flatten"],
		counts: { DepthwiseConv2D: 4, Conv2D: 4, BatchNormalization: 4, Dropout: 4 },
	},
	{
		file: ["keras-h5", "tensorspace-lenet-mnist", "keras_sequential_mnist.h5"],
		format: "keras-h5",
		producer: /Keras 2\.1\.6$/,
		parameters: 44_426,
		input: "input_1[null,28,28]",
		output: "Softmax[null,10]",
		layers: ["reshape_1 Reshape", ...LENET],
		counts: { Conv2D: 2, Dense: 3 },
	},
	{
		file: ["keras-h5", "tensorspace-lenet-mnist", "tfkeras_mnist.h5"],
		format: "keras-h5",
		producer: /2\.1\.6-tf/,
		parameters: 44_426,
		input: "reshape_input[null,28,28]",
		output: "softmax[null,10]",
		layers: ["reshape Reshape", "conv_1 Conv2D", "softmax Dense"],
		counts: { Conv2D: 2, Dense: 3 },
	},
	{
		file: ["keras-h5", "tensorspace-lenet-mnist", "tfkeras_helloworld_mnist.h5"],
		format: "keras-h5",
		producer: /2\.1\.6-tf/,
		parameters: 61_706,
		input: "reshape_1_input[null,28,28]",
		output: "softmax[null,10]",
		layers: ["padding_1 ZeroPadding2D"],
		counts: { Conv2D: 2, Dense: 3 },
	},
	{
		file: ["keras-v3", "mnist-cnn-ritimx", "trainModel.keras"],
		format: "keras-v3",
		producer: /Keras 3\.5\.0/,
		parameters: 34_826,
		input: "[null,28,28,1]",
		output: "[null,10]",
		layers: [],
		counts: { Conv2D: 2, MaxPooling2D: 2, Dense: 1 },
	},
	{
		file: ["tfjs-layers", "cnn-explainer-tinyvgg", "model.json"],
		format: "tfjs-layers",
		producer: /2\.2\.4-tf/,
		parameters: 19_920,
		input: "conv_1_1_input[null,64,64,3]",
		output: "[null,10]",
		layers: ["conv_1_1 Conv2D", "relu_1_1 Activation"],
		counts: { Conv2D: 4, MaxPooling2D: 2, Dense: 1 },
	},
	{
		file: ["tfjs-layers", "darknet-tiny-imagenet", "model.json"],
		format: "tfjs-layers",
		producer: /2\.1\.6/,
		parameters: 1_046_488,
		input: "input_1[null,224,224,3]",
		output: "[null,1000]",
		layers: ["conv2d_1 Conv2D"],
		counts: { Conv2D: 16, BatchNormalization: 15, LeakyReLU: 15, MaxPooling2D: 4, GlobalAveragePooling2D: 1 },
	},
	{
		file: ["tfjs-layers", "tensorspace-lenet-mnist", "mnist.json"],
		format: "tfjs-layers",
		producer: /./,
		parameters: 61_706,
		input: "input1[null,28,28,1]",
		output: "[null,10]",
		layers: ["conv2d_Conv2D1 Conv2D"],
		counts: { Conv2D: 2, Dense: 3 },
	},
	{
		file: ["tfjs-layers", "tfjs-e2e-dense", "model.json"],
		format: "tfjs-layers",
		producer: /tfjs-layers/,
		parameters: 100 * 20 + 3 * (20 * 4 + 4 * 4 + 4),
		input: "embedding_Embedding2_input[null,10]",
		output: "gru_GRU1",
		layers: ["embedding_Embedding2 Embedding", "gru_GRU1 GRU"],
		counts: { GRU: 1 },
	},
];

describe("models that others saved", () => {
	for (const expected of models) {
		it(`${expected.file.join("/")} has its layers, shapes and ${expected.parameters} parameters`, async function () {
			const summary = await summaryOf(needTestdata(this, "models", ...expected.file));
			assert.equal(summary.format.id, expected.format);
			assert.match(summary.format.producer ?? "", expected.producer);
			assert.equal(summary.parameters, expected.parameters);
			assert.ok(
				ports(summary.inputs).some((port) => port.endsWith(expected.input)),
				`inputs ${ports(summary.inputs)}`,
			);
			assert.ok(
				ports(summary.outputs).some((port) => port.includes(expected.output)),
				`outputs ${ports(summary.outputs)}`,
			);
			const listed = summary.layers.map(({ name, type }) => `${name} ${type}`);
			assert.deepEqual(
				expected.layers.filter((layer) => !listed.includes(layer)),
				[],
			);
			for (const [type, count] of Object.entries(expected.counts))
				assert.equal(summary.layers.filter((layer) => layer.type === type).length, count, type);
		});
	}

	it("a file of weights alone lists its layers, shows its kernels and says what to do", async function () {
		const summary = await summaryOf(
			needTestdata(this, "models", "keras-h5", "tensorspace-lenet-mnist", "separated", "weights.h5"),
		);
		assert.equal(summary.format.id, "keras-weights");
		assert.equal(summary.parameters, 44_426);
		assert.deepEqual(
			summary.layers.map(({ name }) => name),
			["Conv2D_1", "Conv2D_2", "Dense_1", "Dense_2", "Softmax"],
		);
		assert.ok(summary.layers.every(({ hasFilters, unsupported }) => hasFilters && unsupported));
		assert.match(summary.notices.join(), /topology\.json/);
	});

	it("leave the optimizer's state out, and say so", async function () {
		const summary = await summaryOf(
			needTestdata(this, "models", "keras-h5", "mlperf-tiny-resnet8-cifar10", "pretrainedResnet.h5"),
		);
		assert.match(summary.notices.join(), /optimizer/);
	});
});

async function summaryOf(path: string): Promise<ModelSummary> {
	const model = await openModel(path);
	try {
		return await summarize(model, path);
	} finally {
		model.weights.close();
	}
}

const ports = (list: ModelSummary["inputs"]) => list.map(({ name, shape }) => `${name}${JSON.stringify(shape)}`);
