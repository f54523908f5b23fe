import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { EngineId } from "../../../src/core/engine/engine";
import { createEngine } from "../../../src/core/engine/registry";
import { openModel } from "../../../src/core/formats/registry";
import type { Tensor } from "../../../src/shared/tensor";
import { runForward, worstError } from "../../support/run-graph";

const FOLDER = resolve("test/unit/formats/fixtures");
const ENGINES: readonly EngineId[] = ["session", "wasm", "cpu"];
/** Sums of up to a hundred products, one after the other through four layers, and the six places of the file. */
const TOLERANCE = 5e-6;

interface Stored {
	readonly shape: number[];
	readonly data: number[];
}
interface Fixture {
	readonly inputs: readonly ({ readonly name: string } & Stored)[];
	readonly outputs: readonly ({ readonly layer: string } & Stored)[];
}

const asTensor = ({ shape, data }: Stored): Tensor => ({ dtype: "float32", shape, data: Float32Array.from(data) });

for (const writer of ["keras", "tf_keras"]) {
	describe(`attention and recurrent layers with masks between them, written by ${writer}`, () => {
		const fixture = JSON.parse(readFileSync(resolve(FOLDER, `${writer}.json`), "utf8")) as Fixture;

		for (const id of ENGINES) {
			it(`give Keras' numbers (${id})`, async function () {
				const { engine } = await createEngine(id).catch((error) => {
					if (id !== "session") throw error;
					return this.skip();
				});
				const model = await openModel(resolve(FOLDER, `${writer}.h5`));
				try {
					const inputs = model.graph.inputs.map((port) => {
						const input = fixture.inputs.find(({ name }) => name === port.name);
						assert.ok(input, `${port.name} is an input`);
						return asTensor(input);
					});
					const found = await runForward(model, inputs, engine);
					assert.equal(found.length, fixture.outputs.length);
					for (const [index, output] of fixture.outputs.entries()) {
						const error = worstError(found[index] as Tensor, asTensor(output));
						assert.ok(error <= TOLERANCE, `${output.layer} (output ${index}) is off by ${error.toExponential(1)}`);
					}
				} finally {
					model.weights.close();
					engine.dispose();
				}
			});
		}

		it("name their queries, keys, values, scores and heads", async () => {
			const model = await openModel(resolve(FOLDER, `${writer}.h5`));
			const parts = (layer: string) =>
				model.graph.layers
					.filter(({ name }) => name.startsWith(`${layer}/`))
					.map(({ name, type, channelAxis }) => [name.slice(layer.length + 1), type, channelAxis]);
			assert.deepEqual(parts("other_keys"), [
				["query", "AttentionQuery", 2],
				["key", "AttentionKey", 2],
				["value", "AttentionValue", 2],
				["scores", "AttentionScores", 1],
				["heads", "AttentionHeads", 2],
			]);
			assert.deepEqual(parts("along_last").at(-2), ["scores", "AttentionScores", 2]);
			assert.deepEqual(parts("concat"), [["scores", "AttentionScores", -1]]);
			model.weights.close();
		});
	});
}
