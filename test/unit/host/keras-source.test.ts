import assert from "node:assert/strict";
import path from "node:path";
import { readKerasCode } from "../../../src/host/source/keras";
import { matchLayers } from "../../../src/host/source/match";
import { parsePython } from "../../../src/host/source/parser";
import type { TrainingCode } from "../../../src/host/source/types";
import type { LayerSummary } from "../../../src/shared/model";

const wasm = path.resolve("dist/wasm");

async function read(code: string): Promise<TrainingCode> {
	return readKerasCode((await parsePython(code, wasm)).rootNode);
}

function layer(name: string, type: string, config: Record<string, string> = {}, activation?: string): LayerSummary {
	return {
		name,
		type,
		shapes: [],
		parameters: 0,
		depth: 0,
		inputs: [],
		calls: 1,
		config,
		weights: [],
		channelAxis: -1,
		hasFilters: false,
		where: "",
		...(activation && { activation }),
	};
}

describe("Keras training code", () => {
	it("finds layers under every name that Keras is imported by", async () => {
		const code = await read(`
import tensorflow as tf
import keras
from tensorflow.keras import layers as L
from keras.layers import Conv2D as C, Dense
from tensorflow import keras as k
tf.keras.layers.Flatten()
keras.layers.Dropout(0.5)
L.MaxPool2D(2)
C(8, 3)
Dense(10)
k.layers.experimental.preprocessing.Rescaling(1 / 255)
`);
		assert.deepEqual(
			code.layers.map((site) => site.className),
			["Flatten", "Dropout", "MaxPooling2D", "Conv2D", "Dense", "Rescaling"],
		);
	});

	it("is not misled by comments, strings or other libraries", async () => {
		const code = await read(`
from torch import nn as layers
layers.Conv2d(1, 2, 3)
# keras.layers.Dense(3)
text = "keras.layers.Dense(4)"
`);
		assert.deepEqual(code.layers, []);
	});

	it("reads literal arguments, positional ones under the name that the class gives them", async () => {
		const [site] = (
			await read('from keras import layers\nlayers.Conv2D(64, (3, 3), padding="same", activation="relu", name="stem")')
		).layers;
		assert.equal(site?.name, "stem");
		assert.deepEqual(site?.arguments, { filters: "64", kernel_size: "(3, 3)", padding: "same", activation: "relu" });
		assert.deepEqual(site?.range, { startLine: 1, startColumn: 7, endLine: 1, endColumn: 13 });
	});

	it("knows what is saved and loaded", async () => {
		const code = await read(`
import keras
model = keras.Sequential([], name="digits")
model.save("digits.keras")
keras.saving.save_model(model, filepath="other.h5")
again = keras.models.load_model("digits.keras")
figure.save("plot.png")
model.save(path)
`);
		assert.deepEqual(
			code.files.map(({ kind, path, variable }) => ({ kind, path, variable })),
			[
				{ kind: "save", path: "digits.keras", variable: "model" },
				{ kind: "save", path: "other.h5", variable: "model" },
				{ kind: "load", path: "digits.keras", variable: "again" },
			],
		);
		assert.deepEqual(
			code.models.map(({ kind, variable, name }) => ({ kind, variable, name })),
			[{ kind: "sequential", variable: "model", name: "digits" }],
		);
	});

	it("survives code that is being typed", async () => {
		const code = await read("from keras import layers\nmodel = Sequential([layers.Conv2D(32, 3, activation=");
		assert.ok(Array.isArray(code.layers));
	});
});

describe("matching code to a model file", () => {
	it("aligns unnamed layers in order by class and arguments", async () => {
		const { layers } = await read(`
from keras import layers
layers.Conv2D(32, 3, activation="relu")
layers.MaxPooling2D(2)
layers.Conv2D(64, 3, activation="relu")
layers.Dense(10)
`);
		const file = [
			layer("input", "InputLayer"),
			layer("conv2d_5", "Conv2D", { filters: "32", kernel_size: "3x3" }, "relu"),
			layer("pool", "MaxPooling2D"),
			layer("conv2d_6", "Conv2D", { filters: "64", kernel_size: "3x3" }, "relu"),
			layer("dense", "Dense", { units: "10" }),
		];
		assert.deepEqual(matchLayers(layers, file), [["conv2d_5"], ["pool"], ["conv2d_6"], ["dense"]]);
	});

	it("leaves out a layer that the code has gained since the file was saved", async () => {
		const { layers } = await read(`
from keras import layers
layers.Conv2D(32, 3)
layers.Conv2D(48, 3)
layers.Conv2D(64, 3)
`);
		const file = [layer("a", "Conv2D", { filters: "32" }), layer("b", "Conv2D", { filters: "64" })];
		assert.deepEqual(matchLayers(layers, file), [["a"], [], ["b"]]);
	});

	it("follows f-string names and loops", async () => {
		const { layers } = await read(`
from keras import layers
for i, width in enumerate([16, 32]):
    x = layers.Conv2D(width, 3, name=f"block{i}_conv")(x)
    x = layers.BatchNormalization()(x)
x = layers.Conv2D(8, 1, name="last")(x)
`);
		const file = [
			layer("block0_conv", "Conv2D"),
			layer("batch_normalization", "BatchNormalization"),
			layer("block1_conv", "Conv2D"),
			layer("batch_normalization_1", "BatchNormalization"),
			layer("last", "Conv2D"),
		];
		assert.deepEqual(matchLayers(layers, file), [
			["block0_conv", "block1_conv"],
			["batch_normalization", "batch_normalization_1"],
			["last"],
		]);
	});
});
