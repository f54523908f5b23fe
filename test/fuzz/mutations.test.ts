import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { needTestdata, testdata } from "../support/testdata";
import { mutations } from "./mutation";
import { openOne } from "./open-one";
import { runMutations } from "./run-children";

const COUNT = 2000;
const SEED = 20_240_917;

interface Manifest {
	readonly cases: readonly { name: string; files: Readonly<Record<string, string>> }[];
}

/** Files of all formats, small enough that two thousand copies are quick. */
const MODELS = [
	["keras-h5", "tensorspace-lenet-mnist", "keras_sequential_mnist.h5"],
	["keras-h5", "tensorspace-lenet-mnist", "tfkeras_mnist.h5"],
	["keras-h5", "tensorspace-lenet-mnist", "separated", "weights.h5"],
	["keras-h5", "mlperf-tiny-wakeword-dscnn", "str_ww_ref_model.h5"],
	["tfjs-layers", "cnn-explainer-tinyvgg", "model.json"],
	["tfjs-layers", "tensorspace-lenet-mnist", "mnist.json"],
	["tfjs-layers", "tfjs-e2e-dense", "model.json"],
	["keras-v3", "mnist-cnn-ritimx", "trainModel.keras"],
	["onnx", "mnist-8-official-with-testdata", "model.onnx"],
	["onnx", "mnist-cntk-winml", "mnist.onnx"],
	["onnx", "light-architectures", "light_squeezenet.onnx"],
	["transformer", "tiny-random-gpt2-onnx", "past.onnx"],
];

describe("damaged model files", function () {
	this.timeout(480_000);
	let sources: string[];

	before(function () {
		needTestdata(this, "models");
		const manifest = JSON.parse(readFileSync(needTestdata(this, "keras-layers", "manifest.json"), "utf8")) as Manifest;
		const layers = manifest.cases.filter((_, index) => index % 12 === 0).flatMap(({ files }) => Object.values(files));
		const models = MODELS.map((parts) => testdata("models", ...parts));
		sources = [...models, ...models, ...layers.map((file) => testdata("keras-layers", file))];
	});

	it("are made of good files", async () => {
		for (const source of new Set(sources)) assert.deepEqual(await openOne(source), { result: "read" }, source);
	});

	it(`give a clear error or a correct read in ${COUNT} mutations (seed ${SEED}), below 1 GB of memory`, async () => {
		const tally = await runMutations(sources, mutations(COUNT, SEED, sources.length));
		const total = tally.read + tally.refused + tally.failures.length;
		assert.deepEqual(tally.failures.slice(0, 5), [], `${tally.failures.length} of ${total} mutations fail`);
		assert.equal(total, COUNT);
		// Mutations that never do harm, or always, would test nothing.
		assert.ok(tally.read > COUNT / 20 && tally.refused > COUNT / 4, `${tally.read} read, ${tally.refused} refused`);
	});
});
