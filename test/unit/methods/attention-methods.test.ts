import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createEagerEngine } from "../../../src/core/engine/eager/engine";
import { attentionBlocks } from "../../../src/core/graph/attention";
import { runToEnd } from "../../../src/core/methods/run-method";
import type { ModelSession } from "../../../src/core/session/model-session";
import { openSession } from "../../../src/core/session/open-session";
import type { Tensor } from "../../../src/shared/tensor";
import type { UnitAddress } from "../../../src/shared/units";
import { llamaNetwork } from "../../golden/networks/llama2c";
import { residualNetwork } from "../rules/networks";
import { numbers, sessionOf, tensor } from "../rules/small-model";

const SIZES = { dim: 8, hidden: 12, layers: 2, heads: 2, keyHeads: 1, vocabulary: 11, length: 16 };
const TOKENS = 5;

/** A checkpoint of llama2.c with pseudo-random weights. */
function checkpoint(): Buffer {
	const { dim, hidden, layers, keyHeads, heads, vocabulary } = SIZES;
	const keys = (keyHeads * dim) / heads;
	const perLayer = 2 * dim + 2 * dim * dim + 2 * keys * dim + 3 * hidden * dim;
	const count = vocabulary * dim + layers * perLayer + dim;
	const file = Buffer.alloc(7 * 4 + 4 * count);
	for (const [at, value] of Object.values(SIZES).entries()) file.writeInt32LE(value, 4 * at);
	for (const [at, value] of numbers(count, 5).entries()) file.writeFloatLE(value, 28 + 4 * at);
	return file;
}

describe("Methods for transformers", () => {
	let folder: string;
	let session: ModelSession;
	const inputs: Record<string, Tensor> = {
		tokens: { dtype: "int32", shape: [2, TOKENS], data: Int32Array.from([1, 4, 2, 9, 3, 0, 7, 7, 10, 5]) },
	};
	const unit: UnitAddress = {
		unit: { place: { layer: "logits" }, channel: 6, position: [TOKENS - 1] },
	};

	before(async () => {
		folder = mkdtempSync(path.join(tmpdir(), "lamina-attention-"));
		const file = path.join(folder, "small.onnx");
		writeFileSync(file, llamaNetwork(checkpoint(), TOKENS));
		session = await openSession(file, await createEagerEngine("cpu"));
	});
	after(() => {
		session?.close();
		rmSync(folder, { recursive: true });
	});

	it("rollout: each position's share of every token, by explicit loops", async () => {
		const { maps } = await runToEnd(session, "attention-rollout", { inputs, parameters: {} });
		const places = attentionBlocks(session.graph).map(({ layer }) => ({ layer }));
		const weights = await session.forward(inputs, places);
		for (const example of [0, 1]) {
			let reach = Array.from({ length: TOKENS }, (_, row) =>
				Array.from({ length: TOKENS }, (_, at) => Number(row === at)),
			);
			for (const { data } of weights) {
				const mixed = reach.map((_, query) =>
					reach.map((_, key) => {
						let sum = 0;
						for (let head = 0; head < SIZES.heads; head++)
							sum += Number(data[((example * SIZES.heads + head) * TOKENS + query) * TOKENS + key]);
						return (sum / SIZES.heads + Number(query === key)) / 2;
					}),
				);
				reach = mixed.map((row) =>
					reach.map((_, column) => row.reduce((sum, share, at) => sum + share * reach[at]![column]!, 0)),
				);
			}
			const found = maps[0]!.tensor.data.subarray(example * TOKENS ** 2, (example + 1) * TOKENS ** 2);
			for (const [at, value] of reach.flat().entries()) assert.ok(Math.abs(found[at]! - value) < 1e-6);
		}
		assert.deepEqual(
			maps.map(({ tensor: { shape } }) => shape),
			[
				[2, 5, 5],
				[2, 5, 5],
			],
		);
	});

	it("logit lens: the model's own logits after the last block, and others before", async () => {
		const { maps } = await runToEnd(session, "logit-lens", { inputs, unit, parameters: {} });
		const [logits] = await session.forward(inputs);
		assert.equal(maps.length, SIZES.layers + 1);
		for (const [at, value] of maps.at(-1)!.tensor.data.entries())
			assert.ok(Math.abs(value - Number(logits!.data[at])) < 1e-4);
		assert.ok(maps[0]!.tensor.data.some((value, at) => Math.abs(value - Number(logits!.data[at])) > 0.1));
	});

	it("direct logit attribution: every contribution together is the logit, each example by itself", async () => {
		const { maps, provenance } = await runToEnd(session, "direct-logit-attribution", { inputs, unit, parameters: {} });
		const values = await session.unitValue(inputs, unit);
		for (const example of [0, 1]) {
			let sum = 0;
			for (const {
				tensor: { shape, data },
			} of maps) {
				const size = data.length / shape[0]!;
				for (let at = example * size; at < (example + 1) * size; at++) sum += Number(data[at]);
			}
			assert.ok(Math.abs(sum - values[example]!) < 1e-4, `${sum}, not ${values[example]}`);
		}
		assert.ok(Math.abs(provenance.completeness!.gap) < 1e-4);
		assert.deepEqual(maps.find(({ title }) => title === "heads")?.tensor.shape, [2, SIZES.layers, SIZES.heads]);
	});

	it("refuse models without attention", async () => {
		const convolutional = await sessionOf(residualNetwork());
		for (const method of ["attention-rollout", "logit-lens", "direct-logit-attribution"])
			await assert.rejects(
				runToEnd(convolutional, method, { inputs: { x: tensor([1, 6, 6, 2], 1) }, parameters: {} }),
				{
					code: "unsupported",
					message: /no attention/,
				},
			);
	});
});
