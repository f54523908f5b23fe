import assert from "node:assert/strict";
import { summarize } from "../../../src/core/graph/summary";
import { LaminaError } from "../../../src/shared/errors";
import { denseLayer, functional, inputLayer, on, openLayersModel, temporaryFolder } from "./support";

describe("wiring of Keras models", () => {
	const folder = temporaryFolder();

	it("gives a shared layer one entry with a call for each use, in the order of the file", async () => {
		const layers = [
			inputLayer("a", [null, 3]),
			inputLayer("b", [null, 3]),
			denseLayer("shared", 3, on("a"), on("b")),
			denseLayer("last", 2, on("shared", 1)),
		];
		const { graph } = await openLayersModel(
			folder,
			functional(
				"m",
				layers,
				[
					["a", 0, 0],
					["b", 0, 0],
				],
				[
					["last", 0, 0],
					["shared", 0, 0],
				],
			),
			{ "shared/kernel": [3, 3], "last/kernel": [3, 2] },
		);
		const shared = graph.layers.find(({ name }) => name === "shared");
		assert.deepEqual(
			shared?.calls.map(({ inputs }) => inputs),
			[["a"], ["b"]],
		);
		assert.deepEqual(graph.layers.find(({ name }) => name === "last")?.calls[0]?.inputs, shared?.calls[1]?.outputs);
		assert.equal(graph.outputs[1]?.value, shared?.calls[0]?.outputs[0]);
		assert.equal(
			new Set(graph.nodes.filter(({ layer }) => layer === "shared").map(({ params }) => params.kernel?.weight)).size,
			1,
		);
	});

	it("evaluates a chain in which two shared layers take turns (A(B(A(x))))", async () => {
		const layers = [inputLayer("x", [null, 3]), denseLayer("A", 3, on("x"), on("B")), denseLayer("B", 3, on("A"))];
		const { graph } = await openLayersModel(folder, functional("m", layers, [["x", 0, 0]], [["A", 1, 0]]), {
			"A/kernel": [3, 3],
			"B/kernel": [3, 3],
		});
		assert.deepEqual(
			graph.nodes.map(({ layer }) => layer),
			["A", "B", "A"],
		);
	});

	it("joins the names of nested models with slashes and calls them as often as the file does", async () => {
		const inner = functional(
			"inner",
			[inputLayer("i", [null, 3]), denseLayer("d", 3, on("i"))],
			[["i", 0, 0]],
			[["d", 0, 0]],
		);
		// Keras 2 numbers the calls of a nested model from 1: 0 is the node that it was born with.
		const layers = [
			inputLayer("x", [null, 3]),
			{ ...inner, name: "inner", inbound_nodes: [on("x"), on("inner", 1)] },
			denseLayer("d", 2, on("inner", 2)),
		];
		const { graph } = await openLayersModel(folder, functional("outer", layers, [["x", 0, 0]], [["d", 0, 0]]), {
			"inner/d/kernel": [3, 3],
			"d/kernel": [3, 2],
		});
		assert.deepEqual(
			graph.layers.map(({ name, depth }) => [name, depth]),
			[
				["x", 0],
				["inner", 0],
				["inner/i", 1],
				["inner/d", 1],
				["d", 0],
			],
		);
		assert.equal(graph.layers.find(({ name }) => name === "inner/d")?.calls.length, 2);
		assert.deepEqual(
			graph.outputs.map(({ shape }) => shape),
			[[null, 2]],
		);
	});

	it("names the input of a Sequential model without InputLayer after its first layer", async () => {
		const topology = {
			class_name: "Sequential",
			config: [
				{ class_name: "Dense", config: { name: "first", units: 2, use_bias: false, batch_input_shape: [null, 4] } },
			],
		};
		const { graph } = await openLayersModel(folder, topology, { "first/kernel": [4, 2] });
		assert.deepEqual(
			graph.inputs.map(({ name, shape, layer }) => ({ name, shape, layer })),
			[{ name: "first_input", shape: [null, 4], layer: "first" }],
		);
	});

	it("orders inputs and outputs given as dictionaries by key", async () => {
		const layers = [
			inputLayer("z", [null, 3]),
			inputLayer("a", [null, 3]),
			denseLayer("p", 1, on("z")),
			denseLayer("q", 2, on("a")),
		];
		const topology = functional(
			"m",
			layers,
			{ second: ["z", 0, 0], first: ["a", 0, 0] },
			{ y: ["p", 0, 0], x: ["q", 0, 0] },
		);
		const { graph } = await openLayersModel(folder, topology, { "p/kernel": [3, 1], "q/kernel": [3, 2] });
		assert.deepEqual(
			graph.inputs.map(({ name }) => name),
			["a", "z"],
		);
		assert.deepEqual(
			graph.outputs.map(({ name }) => name),
			["q", "p"],
		);
	});

	it("refuses an unknown class by name and place, and computes what does not depend on it", async () => {
		const layers = [
			inputLayer("x", [null, 3]),
			denseLayer("before", 3, on("x")),
			{ class_name: "lab>Twist", config: { name: "twist" }, name: "twist", inbound_nodes: [on("before")] },
			denseLayer("after", 2, on("twist")),
			denseLayer("beside", 4, on("before")),
		];
		const weights = { "before/kernel": [3, 3], "twist/strength": [3], "after/kernel": [3, 2], "beside/kernel": [3, 4] };
		const opened = await openLayersModel(
			folder,
			functional(
				"m",
				layers,
				[["x", 0, 0]],
				[
					["after", 0, 0],
					["beside", 0, 0],
				],
			),
			weights,
		);
		const summary = await summarize(opened, folder.write("placeholder.json", "{}"));
		const layer = (name: string) => summary.layers.find((candidate) => candidate.name === name);
		assert.match(layer("twist")?.unsupported?.message ?? "", /lab>Twist/);
		assert.match(layer("twist")?.unsupported?.where ?? "", /layers\/2/);
		assert.deepEqual(
			layer("twist")?.weights.map(({ name }) => name),
			["twist/strength"],
		);
		assert.equal(layer("after")?.blockedBy, "twist");
		assert.deepEqual(layer("after")?.shapes, []);
		assert.deepEqual(layer("beside")?.shapes, [[null, 4]]);
		assert.equal(summary.parameters, 9 + 3 + 6 + 12);
	});

	it("marks a layer whose weights are missing and still opens the model", async () => {
		const layers = [inputLayer("x", [null, 3]), denseLayer("bare", 3, on("x"))];
		const { graph } = await openLayersModel(folder, functional("m", layers, [["x", 0, 0]], [["bare", 0, 0]]), {});
		assert.match(
			graph.layers.find(({ name }) => name === "bare")?.unsupported?.message ?? "",
			/"kernel".*not in the file/,
		);
	});

	const wrong: [string, Record<string, unknown>[], unknown, RegExp][] = [
		[
			"a circle, layer by layer",
			[inputLayer("x", [null, 3]), denseLayer("p", 3, on("q")), denseLayer("q", 3, on("p"))],
			[["q", 0, 0]],
			/p -> q -> p|q -> p -> q/,
		],
		[
			"a reference to a layer that is not there",
			[inputLayer("x", [null, 3]), denseLayer("p", 3, on("ghost"))],
			[["p", 0, 0]],
			/"ghost"/,
		],
		[
			"a reference to a call that is not there",
			[inputLayer("x", [null, 3]), denseLayer("p", 3, on("x")), denseLayer("q", 3, on("p", 4))],
			[["q", 0, 0]],
			/call 4 of "p"/,
		],
		[
			"a reference to an output that is not there",
			[inputLayer("x", [null, 3]), denseLayer("p", 3, on("x")), denseLayer("q", 3, on("p", 0, 2))],
			[["q", 0, 0]],
			/Output 2 of the layer "p"/,
		],
		[
			"two layers of one name",
			[inputLayer("x", [null, 3]), denseLayer("p", 3, on("x")), denseLayer("p", 3, on("x"))],
			[["p", 0, 0]],
			/Two layers are called "p"/,
		],
		["no layers", [], [["p", 0, 0]], /no layers|layer "x"/],
	];
	for (const [title, layers, outputs, message] of wrong) {
		it(`refuses ${title}`, async () => {
			const weights = { "p/kernel": [3, 3], "q/kernel": [3, 3] };
			await assert.rejects(
				openLayersModel(folder, functional("m", layers, [["x", 0, 0]], outputs), weights),
				(error: unknown) => {
					assert.ok(error instanceof LaminaError, String(error));
					assert.equal(error.code, "unreadable");
					assert.match(error.message, message);
					return true;
				},
			);
		});
	}

	it("opens a chain of 5,000 layers without recursion", async () => {
		const depth = 5000;
		const layers = [
			inputLayer("x", [null, 2]),
			...Array.from({ length: depth }, (_, index) =>
				denseLayer(`d${index}`, 2, on(index === 0 ? "x" : `d${index - 1}`)),
			),
		].reverse();
		const weights = Object.fromEntries(Array.from({ length: depth }, (_, index) => [`d${index}/kernel`, [2, 2]]));
		const { graph } = await openLayersModel(
			folder,
			functional("m", layers, [["x", 0, 0]], [[`d${depth - 1}`, 0, 0]]),
			weights,
		);
		assert.equal(graph.nodes.length, depth);
		assert.deepEqual(graph.outputs[0]?.shape, [null, 2]);
	});
});
