import assert from "node:assert/strict";
import { utimesSync } from "node:fs";
import { DerivedWeights } from "../../../src/core/formats/derived-weights";
import { openModel } from "../../../src/core/formats/registry";
import { UnreadableFileError } from "../../../src/shared/errors";
import { denseLayer, functional, inputLayer, on, openLayersModel, temporaryFolder } from "./support";

describe("weights of an opened model", () => {
	const folder = temporaryFolder();
	const topology = functional(
		"m",
		[inputLayer("x", [null, 2]), denseLayer("d", 3, on("x"))],
		[["x", 0, 0]],
		[["d", 0, 0]],
	);
	const open = () => openLayersModel(folder, topology, { "d/kernel": [2, 3] });

	it("are listed, described and read under the layer's path", async () => {
		const { weights } = await open();
		assert.deepEqual(
			weights.list().map(({ name, shape, dtype }) => ({ name, shape, dtype })),
			[{ name: "d/kernel", shape: [2, 3], dtype: "float32" }],
		);
		assert.deepEqual(await weights.read("d/kernel"), {
			dtype: "float32",
			shape: [2, 3],
			data: Float32Array.of(0, 1, 2, 3, 4, 5),
		});
		await assert.rejects(weights.read("d/bias"), UnreadableFileError);
	});

	it("keep their fingerprint when the file is opened again, and change it when the file changes", async () => {
		const model = folder.write(
			"same/model.json",
			JSON.stringify({
				modelTopology: topology,
				weightsManifest: [{ paths: ["w"], weights: [{ name: "d/kernel", shape: [2, 3], dtype: "float32" }] }],
			}),
		);
		const file = folder.write("same/w", new Uint8Array(24));
		const fingerprint = async () => {
			const { weights } = await openModel(model);
			const found = await weights.fingerprint("d/kernel");
			weights.close();
			return found;
		};
		const first = await fingerprint();
		assert.equal(await fingerprint(), first);
		utimesSync(file, new Date(), new Date(Date.now() + 5000));
		assert.notEqual(await fingerprint(), first);
	});

	it("can be joined by computed ones, which hide stored ones of the same name", async () => {
		const { weights } = await open();
		const derived = new DerivedWeights(weights, [
			{
				name: "d/folded",
				shape: [2],
				compute: async () => Float32Array.of(7, 8),
				fingerprint: async () => `folded:${await weights.fingerprint("d/kernel")}`,
			},
		]);
		assert.deepEqual(
			derived.list().map(({ name }) => name),
			["d/kernel", "d/folded"],
		);
		assert.deepEqual((await derived.read("d/folded")).data, Float32Array.of(7, 8));
		assert.equal(await derived.fingerprint("d/kernel"), await weights.fingerprint("d/kernel"));
		assert.notEqual(await derived.fingerprint("d/folded"), await derived.fingerprint("d/kernel"));
	});

	it("are refused when they are computed in another size than they declare", async () => {
		const { weights } = await open();
		const derived = new DerivedWeights(weights, [
			{ name: "n", shape: [3], compute: async () => Float32Array.of(1), fingerprint: async () => "" },
		]);
		await assert.rejects(derived.read("n"), /3|1 values/);
	});
});
