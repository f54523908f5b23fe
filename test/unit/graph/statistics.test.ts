import assert from "node:assert/strict";
import { openModel } from "../../../src/core/formats/registry";
import { weightStatistics } from "../../../src/core/graph/statistics";
import { tensorStatistics } from "../../../src/core/graph/tensor-statistics";
import { InvalidRequestError } from "../../../src/shared/errors";
import type { Tensor } from "../../../src/shared/tensor";
import { functional, inputLayer, on, temporaryFolder } from "../formats/support";

describe("statistics of numbers", () => {
	it("are those of the finite values, with what is not finite counted apart", () => {
		const { histogram, ...statistics } = tensorStatistics(
			Float32Array.of(1, 2, 3, 4, 0, Number.NaN, Number.POSITIVE_INFINITY),
		);
		assert.deepEqual(statistics, {
			count: 7,
			mean: 2,
			std: Math.sqrt(2),
			min: 0,
			max: 4,
			norm: Math.sqrt(30),
			sparsity: 1 / 7,
			nan: 1,
			infinite: 1,
		});
		assert.equal(histogram.edges.length, histogram.counts.length + 1);
		assert.equal(
			histogram.counts.reduce((a, b) => a + b, 0),
			5,
		);
		assert.deepEqual([histogram.edges[0], histogram.edges.at(-1)], [0, 4]);
		assert.equal(histogram.counts.at(-1), 1, "the largest value is inside the last bin");
	});

	it("keep their precision far from zero, where squares minus the squared mean would cancel", () => {
		const { std } = tensorStatistics(Float32Array.of(16777214, 16777216, 16777214, 16777216));
		assert.equal(std, 1);
	});

	it("have ascending edges when all values are equal, and none at all are no fault", () => {
		const { edges, counts } = tensorStatistics(new Float32Array(9).fill(3)).histogram;
		assert.ok(edges.every((edge, index) => index === 0 || edge > (edges[index - 1] as number)));
		assert.equal(
			counts.reduce((a, b) => a + b, 0),
			9,
		);
		assert.deepEqual(tensorStatistics(new Float32Array(0)).count, 0);
	});
});

describe("health of a layer", () => {
	const folder = temporaryFolder();

	/** x -> first (relu) -> second (relu), two units in, kernels and biases as given. */
	async function open(first: number[], second: number[], bias: number[]) {
		const dense = (name: string, from: string) => ({
			class_name: "Dense",
			config: { name, units: 3, activation: "relu", use_bias: name === "second" },
			name,
			inbound_nodes: [on(from)],
		});
		const topology = functional(
			"m",
			[inputLayer("x", [null, 2]), dense("first", "x"), dense("second", "first")],
			[["x", 0, 0]],
			[["second", 0, 0]],
		);
		const name = `health-${Math.random().toString(36).slice(2)}`;
		folder.write(`${name}/w`, new Uint8Array(Float32Array.from([...first, ...second, ...bias]).buffer));
		const weights = [
			{ name: "first/kernel", shape: [2, 3], dtype: "float32" },
			{ name: "second/kernel", shape: [3, 3], dtype: "float32" },
			{ name: "second/bias", shape: [3], dtype: "float32" },
		];
		const model = await openModel(
			folder.write(
				`${name}/model.json`,
				JSON.stringify({ modelTopology: topology, weightsManifest: [{ paths: ["w"], weights }] }),
			),
		);
		after(() => model.weights.close());
		return model;
	}

	it("is good when every unit can become active", async () => {
		const model = await open([1, -1, 1, -1, 1, 1], [1, -1, -1, -1, 1, -1, -1, -1, 1], [0, 0, 0]);
		const statistics = await weightStatistics(model, "second");
		assert.deepEqual(statistics.deadUnits, []);
		assert.deepEqual(statistics.health, { state: "healthy" });
	});

	it("names units without incoming weights as dead", async () => {
		const model = await open([1, 0, 1, -1, 0, 1], [1, 1, 1, 1, 1, 1, 1, 1, 1], [0, 0, 0]);
		const { deadUnits, health } = await weightStatistics(model, "first");
		assert.deepEqual(deadUnits, [1]);
		assert.equal(health.state, "warning");
		assert.match(health.reason ?? "", /1 of 3 units/);
	});

	it("names units behind a ReLU as dead when neither weight nor bias is positive; a positive bias keeps them alive", async () => {
		const kernel = [-1, -1, 1, -1, -1, -1, -1, -1, -1];
		const model = await open([1, -1, 1, -1, 1, 1], kernel, [0, 0.5, 0]);
		assert.deepEqual((await weightStatistics(model, "second")).deadUnits, [0]);
		assert.deepEqual(
			(await weightStatistics(model, "first")).deadUnits,
			[],
			"the input of the first layer may be negative",
		);
	});

	it("is broken by a NaN, which is no dead unit", async () => {
		const model = await open([1, Number.NaN, 1, -1, 1, 1], [1, 1, 1, 1, 1, 1, 1, 1, 1], [0, 0, 0]);
		const { deadUnits, health } = await weightStatistics(model, "first");
		assert.deepEqual(deadUnits, []);
		assert.equal(health.state, "broken");
		assert.match(health.reason ?? "", /1 of 6 values of first\/kernel are NaN/);
	});

	it("counts channels that are 0 for the current input", async () => {
		const model = await open([1, -1, 1, -1, 1, 1], [1, 1, 1, 1, 1, 1, 1, 1, 1], [0, 0, 0]);
		const activation: Tensor = { dtype: "float32", shape: [2, 3], data: Float32Array.of(0, 1, 0, 0, 0, 0) };
		const statistics = await weightStatistics(model, "first", activation);
		assert.deepEqual(statistics.inactiveUnits, [0, 2]);
		assert.equal(statistics.activation?.sparsity, 5 / 6);
	});

	it("is asked for a layer that the model has", async () => {
		const model = await open([1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1, 1, 1, 1], [0, 0, 0]);
		await assert.rejects(weightStatistics(model, "third"), InvalidRequestError);
	});
});
