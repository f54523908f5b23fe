import assert from "node:assert/strict";
import type { Engine, EngineId } from "../../src/core/engine/engine";
import { createEngine } from "../../src/core/engine/registry";
import type { OpenedModel } from "../../src/core/formats/format";
import { openModel } from "../../src/core/formats/registry";
import { LaminaError, UnsupportedError } from "../../src/shared/errors";
import { caseArrays, caseFile, type LayerCase, layerCases } from "../support/layer-cases";
import { runForward, worstError } from "../support/run-graph";
import { needTestdata } from "../support/testdata";

const ENGINES: readonly EngineId[] = ["cpu", "wasm", "session"];

const describeInput = (name: string) => (name === "keras" ? ".keras" : ".h5");

describe("every Keras layer class, in both file formats and on every engine", () => {
	const engines = new Map<EngineId, Engine>();
	const cases = layerCases();

	before(async function () {
		needTestdata(this, "keras-layers");
		for (const id of ENGINES) {
			try {
				engines.set(id, (await createEngine(id)).engine);
			} catch (error) {
				if (id !== "session") throw error;
				console.log(`      no session engine, cpu and wasm only: ${LaminaError.from(error).message}`);
			}
		}
	});
	after(() => {
		for (const engine of engines.values()) engine.dispose();
	});

	if (cases.length === 0) it("the cases of keras-layers", () => undefined);
	for (const layerCase of cases) {
		for (const [format, file] of Object.entries(layerCase.files)) {
			const name = `${layerCase.name} ${describeInput(format)}`;
			if (layerCase.expected === "refuse") {
				it(`${name} is refused by name`, async () => {
					const message = await refusal(layerCase, file);
					console.log(`      ${name.padEnd(36)} refused: ${message}`);
				});
			} else {
				it(`${name} gives Keras' numbers`, async () => {
					const model = await openModel(caseFile(file));
					try {
						console.log(`      ${name.padEnd(36)} ${(await measure(layerCase, model, engines)).join("  ")}`);
					} finally {
						model.weights.close();
					}
				});
			}
		}
	}
});

async function measure(
	layerCase: LayerCase,
	model: OpenedModel,
	engines: ReadonlyMap<EngineId, Engine>,
): Promise<string[]> {
	const inputs = caseArrays(layerCase.inputs);
	const expected = caseArrays(layerCase.outputs);
	assert.equal(model.graph.outputs.length, expected.length, "number of outputs");
	const lines: string[] = [];
	for (const [id, engine] of engines) {
		const found = await runForward(model, inputs, engine);
		let worst = 0;
		for (const [index, tensor] of found.entries()) {
			const error = worstError(tensor, expected[index] ?? tensor);
			assert.ok(
				error <= layerCase.tolerance,
				`${id}: output ${index} (${layerCase.output_names[index]}) is off by ${error.toExponential(2)}; ${layerCase.tolerance} is allowed`,
			);
			worst = Math.max(worst, error);
		}
		lines.push(`${id} ${worst.toExponential(1)}`);
	}
	return lines;
}

/** The message of the refusal; it must name the class, or the name under which a custom object is registered. */
async function refusal({ cls, note }: LayerCase, file: string): Promise<string> {
	const registered = note?.includes(">") ? note : undefined;
	const model = await openModel(caseFile(file));
	try {
		const refused = model.graph.layers.map(({ unsupported }) => unsupported).find((error) => error !== undefined);
		assert.ok(refused, "no layer was refused");
		assert.equal(refused.code, new UnsupportedError("").code);
		const wanted = registered ?? cls;
		assert.ok(refused.message.includes(wanted), `"${refused.message}" does not name ${wanted}`);
		return refused.message;
	} finally {
		model.weights.close();
	}
}
