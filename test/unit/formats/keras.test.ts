import assert from "node:assert/strict";
import { parseJson } from "../../../src/core/formats/json";
import { argumentsOf, TensorReference } from "../../../src/core/formats/keras/config/arguments";
import { describeModel, dialectOf } from "../../../src/core/formats/keras/config/model-config";
import { EllipsisArgument, SliceArgument } from "../../../src/core/formats/keras/translator";
import { NamedVariables } from "../../../src/core/formats/keras/variables/named-variables";
import { snakeCase } from "../../../src/core/formats/keras/variables/tree-variables";

const tensor = {
	shape: [1],
	dtype: "float32",
	where: "",
	identity: "",
	read: () => ({ dtype: "float32" as const, shape: [1], data: new Float32Array(1) }),
};
const variables = (...names: string[]) => NamedVariables.of(names.map((name) => ({ name, tensor })));

describe("arguments of Keras calls", () => {
	it("are read in the form of Keras 3, slices and ellipses included", () => {
		const keras = (layer: string) => ({
			class_name: "__keras_tensor__",
			config: { shape: [null, 4], dtype: "float32", keras_history: [layer, 0, 1] },
		});
		const slice = { class_name: "__slice__", config: { start: 1, stop: null, step: 2 } };
		const [call] = argumentsOf(
			[
				{
					args: [keras("a"), [slice, { class_name: "__ellipsis__", config: {} }, 0]],
					kwargs: { mask: keras("m"), training: false },
				},
			],
			"",
		);
		assert.deepEqual(call?.args, [
			new TensorReference("a", 0, 1),
			[new SliceArgument(1, null, 2), new EllipsisArgument(), 0],
		]);
		assert.deepEqual(call?.kwargs, { mask: new TensorReference("m", 0, 1), training: false });
	});

	it("are read in the form of Keras 2, with tensors among the other arguments", () => {
		const calls = argumentsOf(
			[
				[["a", 0, 0, { y: ["b", 1, 0], axis: [0, 2, 1] }]],
				["c", 0, 0, { y: 2 }],
				[
					[
						["d", 0, 0],
						["e", 0, 0],
					],
				],
			],
			"",
		);
		assert.deepEqual(calls, [
			{ args: [new TensorReference("a", 0, 0)], kwargs: { y: new TensorReference("b", 1, 0), axis: [0, 2, 1] } },
			{ args: [new TensorReference("c", 0, 0)], kwargs: { y: 2 } },
			{ args: [[new TensorReference("d", 0, 0), new TensorReference("e", 0, 0)]], kwargs: {} },
		]);
	});

	it("may be a constant where Keras 2 expects a tensor", () => {
		assert.deepEqual(argumentsOf([["_CONSTANT_VALUE", -1, 3.5, { y: ["a", 0, 0] }]], ""), [
			{ args: [3.5], kwargs: { y: new TensorReference("a", 0, 0) } },
		]);
	});
});

describe("variables with names", () => {
	it("are found by name whatever prefix a version of Keras puts before them", () => {
		for (const prefix of ["dense", "sequential/dense", "model/block/dense"]) {
			const [bias, kernel] = variables(`${prefix}/kernel`, `${prefix}/bias`).take(["bias", "kernel"]);
			assert.deepEqual([bias?.name, kernel?.name], [`${prefix}/bias`, `${prefix}/kernel`]);
		}
	});

	it("tell the two directions of Bidirectional apart, and leave out an inner name that does not occur", () => {
		const scope = variables("b/forward_lstm/lstm_cell/kernel", "b/backward_lstm/lstm_cell/kernel");
		assert.equal(
			scope.inner("backward_layer", "backward_lstm").inner("cell", undefined, undefined).take(["kernel"])[0]?.name,
			"b/backward_lstm/lstm_cell/kernel",
		);
		assert.equal(
			scope.inner("forward_layer", "forward_lstm").take(["kernel"])[0]?.name,
			"b/forward_lstm/lstm_cell/kernel",
		);
		assert.equal(
			variables("time_distributed/kernel").inner("layer", "dense").take(["kernel"])[0]?.name,
			"time_distributed/kernel",
		);
	});

	it("give each layer its own, also when one layer's name is the beginning of another's", () => {
		const layer = (name: string) => ({ name }) as never;
		const scopes = variables("dense/kernel", "dense_1/kernel", "block/conv/kernel").layers([
			layer("dense"),
			layer("dense_1"),
			layer("block/conv"),
		]);
		assert.deepEqual(
			[...scopes].map(([name, scope]) => [name, scope.take(["kernel"])[0]?.name]),
			[
				["dense", "dense/kernel"],
				["dense_1", "dense_1/kernel"],
				["block/conv", "block/conv/kernel"],
			],
		);
	});

	it("are taken by position when their names say nothing, as Keras does", () => {
		assert.deepEqual(
			variables("param_0", "param_1")
				.take(["kernel", "bias"])
				.map((found) => found?.name),
			["param_0", "param_1"],
		);
	});

	it("of Keras 1 are known by their endings", () => {
		assert.deepEqual(
			variables("dense_1_W", "dense_1_b")
				.take(["kernel", "bias"])
				.map((found) => found?.name),
			["dense_1_W", "dense_1_b"],
		);
	});
});

describe("configurations", () => {
	it("of Keras 1 are brought to the names of Keras 2", () => {
		const old = {
			class_name: "Sequential",
			config: [
				{
					class_name: "Convolution2D",
					config: {
						name: "c",
						nb_filter: 8,
						nb_row: 3,
						nb_col: 5,
						border_mode: "same",
						subsample: [2, 2],
						dim_ordering: "tf",
						bias: true,
						batch_input_shape: [null, 9, 9, 1],
					},
				},
			],
		};
		const [layer] = describeModel(old, "keras-1", "").layers;
		const { filters, kernel_size, padding, strides, data_format, use_bias } = layer?.config ?? {};
		assert.equal(layer?.className, "Conv2D");
		assert.deepEqual(
			{ filters, kernel_size, padding, strides, data_format, use_bias },
			{
				filters: 8,
				kernel_size: [3, 5],
				padding: "same",
				strides: [2, 2],
				data_format: "channels_last",
				use_bias: true,
			},
		);
	});

	it("tell their generation without a version", () => {
		assert.equal(dialectOf({ config: { layers: [{ config: { batch_shape: [null, 3] } }] } }, undefined), "keras-3");
		assert.equal(
			dialectOf({ config: [{ config: { nb_filter: 3, border_mode: "same", init: "uniform" } }] }, undefined),
			"keras-1",
		);
		assert.equal(
			dialectOf({ config: [{ config: { filters: 3, batch_input_shape: [null, 3] } }] }, undefined),
			"keras-2",
		);
		assert.equal(dialectOf({}, "2.2.4-tf"), "keras-2");
	});

	it("may hold Python's NaN and infinities, but texts that look like them stay texts", () => {
		assert.deepEqual(parseJson('{"a": NaN, "b": [-Infinity, Infinity], "c": "NaN, Infinity"}', ""), {
			a: Number.NaN,
			b: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
			c: "NaN, Infinity",
		});
	});

	it("name layers in .keras archives as Keras does", () => {
		const names = {
			Conv2D: "conv2d",
			BatchNormalization: "batch_normalization",
			LSTM: "lstm",
			TFOpLambda: "tf_op_lambda",
			GlobalAveragePooling2D: "global_average_pooling2d",
			ReLU: "re_lu",
			ConvLSTM2D: "conv_lstm2d",
		};
		for (const [className, expected] of Object.entries(names)) assert.equal(snakeCase(className), expected);
	});
});
