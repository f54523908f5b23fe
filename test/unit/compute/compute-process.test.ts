import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ComputeProcess } from "../../../src/host/compute-process";
import type { LaminaErrorData } from "../../../src/shared/errors";
import type { LayerPreview } from "../../../src/shared/protocol";
import type { ExplanationResult } from "../../../src/shared/result";
import { errorOf } from "../../../src/shared/rpc";

const digits = path.resolve("samples/digits/digits.keras");
const seven = { kind: "file", path: path.resolve("samples/inputs/digits/seven.png") } as const;

async function rejection(promise: Promise<unknown>): Promise<LaminaErrorData> {
	try {
		await promise;
	} catch (thrown) {
		return errorOf(thrown);
	}
	throw new assert.AssertionError({ message: "the call should have been rejected" });
}

describe("the compute process", function () {
	this.timeout(60_000);
	let folder: string;
	let compute: ComputeProcess;

	before(() => {
		folder = mkdtempSync(path.join(tmpdir(), "lamina-compute-"));
		compute = new ComputeProcess({
			script: path.resolve("dist/compute.js"),
			environment: () => ({ LAMINA_CACHE: folder, LAMINA_ENGINE: "wasm" }),
			log: () => {},
		});
	});

	after(() => {
		compute.dispose();
		rmSync(folder, { recursive: true, force: true });
	});

	it("starts with the first call, and opens a file without loading an engine", async () => {
		assert.equal(compute.running, false);
		const opened = await compute.api.open(digits);
		assert.equal(compute.running, true);
		assert.equal(opened.summary.parameters, 34826);
		assert.deepEqual(opened.labels, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
		assert.equal(opened.preprocessFrom, "sidecar");
		assert.equal((await compute.api.status()).loaded, false);
	});

	it("predicts what the picture shows", async () => {
		const input = await compute.api.loadInput(digits, seven);
		assert.deepEqual(input.shapes, { input_layer: [1, 28, 28, 1] });
		const [prediction] = await compute.api.predict(digits, input.id, 3);
		assert.equal(prediction?.kind, "probability");
		assert.equal(prediction?.top.length, 3);
		assert.equal(prediction?.top[0]?.label, "7");
		assert.ok((prediction?.top[0]?.value ?? 0) > 0.9);
	});

	it("gives activations, kernels, statistics and a hover picture of a layer", async () => {
		const input = await compute.api.loadInput(digits, seven);
		const activations = await compute.api.activations(digits, input.id, "conv2d", 4, 8);
		assert.deepEqual(activations.shape, [8, 26, 26]);
		assert.equal(activations.total, 32);
		assert.equal(activations.channels.mean.length, 32);
		assert.ok(activations.data instanceof Float32Array, "tensors cross as typed arrays");
		const filters = await compute.api.filters(digits, "conv2d_1", 0, 64);
		assert.deepEqual(filters.shape, [64, 3, 3, 32]);
		const statistics = await compute.api.statistics(digits, "conv2d", input.id);
		assert.deepEqual(
			statistics.weights.map(({ name, statistics }) => [name.split("/").at(-1), statistics.count]),
			[
				["kernel", 288],
				["bias", 32],
			],
		);
		assert.equal(statistics.activation?.count, 26 * 26 * 32);
		const hover = await compute.api.hover(digits, "conv2d", input.id, true);
		assert.deepEqual([...hover.png.subarray(1, 4)], [...Buffer.from("PNG")]);
		assert.ok(hover.png.byteLength < 70_000);
	});

	it("reports the preview of every layer that can be computed", async () => {
		const input = await compute.api.loadInput(digits, seven);
		const { summary } = await compute.api.open(digits);
		const seen: LayerPreview[] = [];
		const stop = compute.listen({ preview: (job, preview) => job === "previews" && seen.push(preview) });
		const names = summary.layers.map((layer) => layer.name);
		await compute.api.previews(digits, input.id, names, "previews");
		stop();
		assert.deepEqual(
			seen.map(({ layer }) => layer),
			names,
		);
	});

	it("explains, with partial results on the way and the whole one at the end", async () => {
		const input = await compute.api.loadInput(digits, seven);
		const partial: ExplanationResult[] = [];
		const stop = compute.listen({ partial: (job, result) => job === "occlusion" && partial.push(result) });
		const request = { method: "occlusion", unit: "dense[7]", parameters: {} };
		const result = await compute.api.explain(digits, input.id, request, "occlusion");
		stop();
		assert.equal(result.progress, 1);
		assert.equal(result.provenance.unit, "dense[7]");
		assert.equal(result.provenance.input, "seven.png");
		assert.deepEqual(result.maps[0]?.tensor.shape, [1, 28, 28, 1]);
		for (const { progress } of partial) assert.ok(progress > 0 && progress < 1);
	});

	it("takes masks that number features", async () => {
		const input = await compute.api.loadInput(digits, seven);
		const [name = ""] = Object.keys(input.shapes);
		const data = Int32Array.from({ length: 784 }, (_, at) => (at < 392 ? 0 : 1));
		const masks = { [name]: { dtype: "int32" as const, shape: [28, 28], data } };
		const request = { method: "feature-ablation", unit: "dense[7]", parameters: {}, masks };
		const { maps } = await compute.api.explain(digits, input.id, request, "masked");
		assert.equal(new Set(maps[0]?.tensor.data).size, 2);
	});

	it("stops a job when it is told to", async () => {
		const input = await compute.api.loadInput(digits, seven);
		const request = { method: "integrated-gradients", parameters: { n_steps: 1000 } };
		const job = compute.api.explain(digits, input.id, request, "long");
		const failure = rejection(job);
		const begun = await new Promise<number>((resolve) => {
			const stop = compute.listen({
				progress: (id) => {
					if (id !== "long") return;
					stop();
					resolve(performance.now());
				},
			});
		});
		await compute.api.cancel("long");
		assert.equal((await failure).code, "cancelled");
		assert.ok(performance.now() - begun < 5000);
	});

	it("says what is wrong with a file, an address or a layer", async () => {
		const missing = await rejection(compute.api.open(path.join(folder, "missing.keras")));
		assert.equal(missing.code, "unreadable");
		assert.match(missing.message, /does not exist/);
		const input = await compute.api.loadInput(digits, seven);
		const unit = { method: "saliency", unit: "dense[17]", parameters: {} };
		assert.equal((await rejection(compute.api.explain(digits, input.id, unit, "bad"))).code, "invalid");
		assert.equal((await rejection(compute.api.activations(digits, input.id, "nowhere", 0, 1))).code, "invalid");
	});

	it("costs no more than the calls under way when it dies, and comes back when it is restarted", async () => {
		const lost: LaminaErrorData[] = [];
		const stop = compute.onLost((error) => lost.push(error));
		const input = await compute.api.loadInput(digits, seven);
		const request = { method: "integrated-gradients", parameters: { n_steps: 1000 } };
		const failure = rejection(compute.api.explain(digits, input.id, request, "doomed"));
		process.kill(compute.pid as number, "SIGKILL");
		assert.match((await failure).message, /SIGKILL/);
		assert.equal(lost.length, 1);
		assert.throws(() => compute.api, /compute process/);
		compute.restart();
		assert.equal((await compute.api.open(digits)).summary.name, "digits");
		stop();
	});
});
