import assert from "node:assert/strict";
import { strToU8, zipSync } from "fflate";
import * as h5wasm from "h5wasm/node";
import type { OpenedModel } from "../../../src/core/formats/format";
import { openModel } from "../../../src/core/formats/registry";
import { temporaryFolder } from "./support";

interface Stored {
	/** Path of the object in model.weights.h5. */
	readonly path: string;
	/** Keras 3 notes the layer's name there. */
	readonly name?: string;
	/** Variables, each of this one number. */
	readonly shape: number[];
	readonly value: number;
}

describe("archives of Keras 3", () => {
	const folder = temporaryFolder();
	before(() => h5wasm.ready);

	const dense = (name: string) => ({
		module: "keras.layers",
		class_name: "Dense",
		config: { name, units: 2, use_bias: false, activation: "linear" },
		registered_name: null,
	});
	const input = {
		module: "keras.layers",
		class_name: "InputLayer",
		config: { name: "x", batch_shape: [null, 2] },
		registered_name: null,
	};
	const sequential = (...layers: object[]) => ({
		module: "keras",
		class_name: "Sequential",
		config: { name: "s", layers: [input, ...layers] },
		registered_name: null,
	});

	async function open(config: object, stored: readonly Stored[]): Promise<OpenedModel> {
		const members = {
			"metadata.json": strToU8('{"keras_version": "3.5.0"}'),
			"config.json": strToU8(JSON.stringify(config)),
			"model.weights.h5": weightsFile(stored),
		};
		const model = await openModel(
			folder.write(`${Math.random().toString(36).slice(2)}.keras`, zipSync(members, { level: 0 })),
		);
		after(() => model.weights.close());
		return model;
	}

	async function firstValues(model: OpenedModel): Promise<Record<string, number | undefined>> {
		const entries = await Promise.all(
			model.weights.list().map(async ({ name }) => [name, (await model.weights.read(name)).data[0]] as const),
		);
		return Object.fromEntries(entries);
	}

	it("find the weights of layers by class and number, whatever the layers are called", async () => {
		const model = await open(sequential(dense("second_name"), dense("dense")), [
			{ path: "layers/dense", shape: [2, 2], value: 1 },
			{ path: "layers/dense_1", shape: [2, 2], value: 2 },
		]);
		assert.deepEqual(await firstValues(model), { "second_name/kernel": 1, "dense/kernel": 2 });
	});

	it("find them by the name that is noted with them, where one is", async () => {
		const model = await open(sequential(dense("a"), dense("b")), [
			{ path: "layers/dense", name: "b", shape: [2, 2], value: 1 },
			{ path: "layers/dense_1", name: "a", shape: [2, 2], value: 2 },
		]);
		assert.deepEqual(await firstValues(model), { "a/kernel": 2, "b/kernel": 1 });
	});

	it("of tf_keras 2.12 keep their layers under another name", async () => {
		const model = await open(sequential(dense("a")), [
			{ path: "_layer_checkpoint_dependencies/dense", shape: [2, 2], value: 3 },
		]);
		assert.deepEqual(await firstValues(model), { "a/kernel": 3 });
	});

	it("with a class of the training code show their weights, and say why nothing is computed", async () => {
		const config = { module: null, class_name: "Net", config: {}, registered_name: "Net" };
		const { graph, weights } = await open(config, [
			{ path: "body/conv", shape: [3, 3, 1, 4], value: 1 },
			{ path: "optimizer", shape: [2], value: 1 },
		]);
		assert.deepEqual(
			graph.layers.map(({ name, filters }) => [name, filters?.layout]),
			[["body/conv", "HWIO"]],
		);
		assert.match(graph.layers[0]?.unsupported?.message ?? "", /class Net/);
		assert.deepEqual(
			weights.list().map(({ name }) => name),
			["body/conv/0"],
		);
	});

	it("refuse a layer class that the training code did not register, even under a name of Keras", async () => {
		const own = { module: null, class_name: "Dense", config: { name: "own" }, registered_name: "Dense" };
		const { graph } = await open(sequential(own), [{ path: "layers/dense", shape: [2, 2], value: 1 }]);
		assert.match(graph.layers[1]?.unsupported?.message ?? "", /Dense is defined in the training code/);
	});
});

/** Made with the HDF5 library, so that the reader meets a file that is not its own. */
function weightsFile(stored: readonly Stored[]): Uint8Array {
	const path = "/model.weights.h5";
	const file = new h5wasm.File(path, "w");
	for (const { path: object, name, shape, value } of stored) {
		let group: h5wasm.Group = file;
		for (const part of [...object.split("/"), "vars"]) {
			const known = group.keys().includes(part) ? group.get(part) : group.create_group(part);
			group = known as h5wasm.Group;
		}
		if (name !== undefined) group.create_attribute("name", name);
		const count = shape.reduce((product, extent) => product * extent, 1);
		group.create_dataset({ name: "0", data: new Float32Array(count).fill(value), shape });
	}
	file.close();
	return (h5wasm.FS as unknown as { readFile(name: string): Uint8Array }).readFile(path);
}
