import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { openModel } from "../../../src/core/formats/registry";
import { summarize } from "../../../src/core/graph/summary";
import { readKerasCode } from "../../../src/host/source/keras";
import { matchLayers } from "../../../src/host/source/match";
import { parsePython } from "../../../src/host/source/parser";

/** Class and layer names of each site of a sample's training code. */
async function matched(sample: string, file: string): Promise<string[]> {
	const text = await readFile(path.resolve("samples", sample, "train.py"), "utf8");
	const { layers: sites } = readKerasCode((await parsePython(text, path.resolve("dist/wasm"))).rootNode);
	const model = path.resolve("samples", sample, file);
	const { layers } = await summarize(await openModel(model), model);
	return matchLayers(sites, layers).map((names, index) => `${sites[index]?.className} ${names.join()}`);
}

describe("the samples' training code", () => {
	it("matches every layer of the digits model, which Keras has named", async () => {
		assert.deepEqual(await matched("digits", "digits.keras"), [
			"InputLayer input_layer",
			"Conv2D conv2d",
			"MaxPooling2D max_pooling2d",
			"Conv2D conv2d_1",
			"MaxPooling2D max_pooling2d_1",
			"Flatten flatten",
			"Dropout dropout",
			"Dense dense",
		]);
	});

	for (const file of ["shapes.keras", "shapes.h5"]) {
		it(`matches every layer of ${file} by its name`, async () => {
			for (const match of await matched("shapes", file)) assert.match(match, /^\w+ \w+$/);
		});
	}
});
