import assert from "node:assert/strict";
import { describeConfig } from "../../../src/core/graph/describe-config";
import { inferShapes } from "../../../src/core/graph/shapes";
import { summarize } from "../../../src/core/graph/summary";
import { denseLayer, functional, inputLayer, on, openLayersModel, temporaryFolder } from "../formats/support";

describe("summary of a model", () => {
	const folder = temporaryFolder();

	it("shows extents that the input decides as free, and others as numbers", async () => {
		const convolution = {
			class_name: "Conv2D",
			config: {
				name: "c",
				filters: 4,
				kernel_size: [3, 3],
				strides: [2, 2],
				padding: "valid",
				use_bias: false,
				activation: "linear",
			},
			name: "c",
			inbound_nodes: [on("x")],
		};
		const { graph } = await openLayersModel(
			folder,
			functional("m", [inputLayer("x", [null, null, 32, 3]), convolution], [["x", 0, 0]], [["c", 0, 0]]),
			{ "c/kernel": [3, 3, 3, 4] },
		);
		assert.deepEqual(graph.outputs[0]?.shape, [null, null, 15, 4]);
		assert.equal(graph.layers[1]?.channelAxis, 3);
		assert.equal(inferShapes(graph), inferShapes(graph), "shapes are inferred once");
	});

	it("gives a nested model the parameters of its layers, and counts them once in all", async () => {
		const inner = functional(
			"inner",
			[inputLayer("i", [null, 3]), denseLayer("d", 3, on("i"))],
			[["i", 0, 0]],
			[["d", 0, 0]],
		);
		const layers = [
			inputLayer("x", [null, 3]),
			{ ...inner, name: "inner", inbound_nodes: [on("x")] },
			denseLayer("last", 2, on("inner", 1)),
		];
		const opened = await openLayersModel(folder, functional("m", layers, [["x", 0, 0]], [["last", 0, 0]]), {
			"inner/d/kernel": [3, 3],
			"last/kernel": [3, 2],
		});
		const summary = await summarize(opened, folder.write("any/model.json", "{}"));
		assert.equal(summary.name, "any");
		assert.equal(summary.parameters, 15);
		assert.deepEqual(
			summary.layers.map(({ name, parameters, inputs }) => ({ name, parameters, inputs })),
			[
				{ name: "x", parameters: 0, inputs: [] },
				{ name: "inner", parameters: 9, inputs: ["x"] },
				{ name: "inner/i", parameters: 0, inputs: ["x"] },
				{ name: "inner/d", parameters: 9, inputs: ["inner/i"] },
				{ name: "last", parameters: 6, inputs: ["inner"] },
			],
		);
	});

	it("says why a layer cannot be computed whose weights do not fit its input", async () => {
		const layers = [inputLayer("x", [null, 5]), denseLayer("wrong", 3, on("x")), denseLayer("next", 2, on("wrong"))];
		const opened = await openLayersModel(folder, functional("m", layers, [["x", 0, 0]], [["next", 0, 0]]), {
			"wrong/kernel": [4, 3],
			"next/kernel": [3, 2],
		});
		const summary = await summarize(opened, folder.write("any/model.json", "{}"));
		assert.match(summary.layers[1]?.unsupported?.message ?? "", /5|4/);
		assert.equal(summary.layers[2]?.blockedBy, "wrong");
	});

	it("tells of a configuration what matters, in a few words", () => {
		const config = {
			kernel_size: [3, 3],
			strides: [1, 2],
			padding: "same",
			activation: { class_name: "function", config: "relu" },
			use_bias: true,
			groups: 1,
			kernel_initializer: { class_name: "Zeros" },
			epsilon: 0.0010000000474974513,
			rate: null,
		};
		assert.deepEqual(describeConfig(config), {
			kernel_size: "3x3",
			strides: "1x2",
			padding: "same",
			epsilon: "0.001",
			activation: "relu",
		});
	});
});
