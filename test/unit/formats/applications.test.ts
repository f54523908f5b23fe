import assert from "node:assert/strict";
import { createEagerEngine } from "../../../src/core/engine/eager/engine";
import { float32 } from "../../../src/shared/tensor";
import { runForward } from "../../support/run-graph";
import { functional, inputLayer, on, openLayersModel, temporaryFolder } from "./support";

describe("layers that networks of keras.applications bring along", () => {
	const folder = temporaryFolder();
	const network = (className: string, config: object, inputs: Record<string, number>, calls: unknown) =>
		functional(
			"network",
			[
				...Object.entries(inputs).map(([name, extent]) => inputLayer(name, [null, extent])),
				{ class_name: className, config: { name: "scale", ...config }, name: "scale", inbound_nodes: calls },
			],
			Object.keys(inputs).map((name) => [name, 0, 0]),
			[["scale", 0, 0]],
		);

	it("LayerScale multiplies each channel by its own factor", async () => {
		const topology = network("LayerScale", { init_values: 1e-6, projection_dim: 3 }, { x: 3 }, [on("x")]);
		const model = await openLayersModel(folder, topology, { "scale/gamma": [3] });
		const [y] = await runForward(model, [float32([1, 3], [5, 6, 7])], await createEagerEngine("cpu"));
		assert.deepEqual([...y!.data], [0, 6, 14]);
	});

	it("CustomScaleLayer adds a share of its second input to the first", async () => {
		const calls = [
			[
				["a", 0, 0, {}],
				["b", 0, 0, {}],
			],
		];
		const topology = network("CustomScaleLayer", { scale: 0.25 }, { a: 2, b: 2 }, calls);
		const model = await openLayersModel(folder, topology, {});
		const inputs = [float32([1, 2], [1, 2]), float32([1, 2], [4, 8])];
		const [y] = await runForward(model, inputs, await createEagerEngine("cpu"));
		assert.deepEqual([...y!.data], [2, 4]);
	});

	it("are refused where a class of the same name keeps other things", async () => {
		const topology = network("LayerScale", { factor: 2 }, { x: 3 }, [on("x")]);
		const { graph } = await openLayersModel(folder, topology, {});
		assert.match(graph.layers.find(({ name }) => name === "scale")?.unsupported?.message ?? "", /not that of keras/);
	});
});
