import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Engine, EngineId } from "../../src/core/engine/engine";
import { createEngine } from "../../src/core/engine/registry";
import type { OpenedModel } from "../../src/core/formats/format";
import { decode } from "../../src/core/formats/onnx/proto/schema";
import { tensorFromMessage } from "../../src/core/formats/onnx/tensors/read-tensor";
import { openModel } from "../../src/core/formats/registry";
import { outputValues } from "../../src/core/units/logits";
import { LaminaError } from "../../src/shared/errors";
import type { Tensor } from "../../src/shared/tensor";
import { runForward } from "../support/run-graph";
import { needTestdata, testdata } from "../support/testdata";

/** Models with stored inputs and outputs of their authors' runtime, as TensorProto files. */
interface StoredVectors {
	readonly model: string;
	/** Absent for light models, whose inputs are 0, 1/size, 2/size ... as ONNX' own tests have them. */
	readonly input: string | undefined;
	readonly output: string;
}

const FOLDER = testdata("models", "onnx");

function storedVectors(): StoredVectors[] {
	if (!existsSync(FOLDER)) return [];
	const names = readdirSync(FOLDER, { recursive: true, encoding: "utf8" });
	return names
		.filter((name) => /output_0\.pb$/.test(name))
		.sort()
		.map((name): StoredVectors => {
			const output = path.join(FOLDER, name);
			if (!/test_data_set/.test(name))
				return { model: output.replace(/_output_0\.pb$/, ".onnx"), input: undefined, output };
			const folder = path.dirname(path.dirname(output));
			const model = readdirSync(folder).find((file) => file.endsWith(".onnx")) ?? "";
			return { model: path.join(folder, model), input: output.replace(/output_0\.pb$/, "input_0.pb"), output };
		});
}

const read = (file: string): Tensor => tensorFromMessage(decode("TensorProto", readFileSync(file)), file).read();

/** Light models are run on `arange(size) / size`. */
function ramp(shape: readonly number[]): Tensor {
	const size = shape.reduce((product, extent) => product * extent, 1);
	return { dtype: "float32", shape, data: Float32Array.from({ length: size }, (_, index) => index / size) };
}

/** Sums of up to 10,000 products in another order: about 100 units of 2^-24 of the largest value. */
const ROUNDING = 1e-5;

/** What goes into the softmax of a model's output; `undefined` where there is none. */
async function logitsOf(model: OpenedModel, given: Tensor, engine: Engine): Promise<Tensor | undefined> {
	const { graph } = model;
	const [port] = graph.outputs;
	const value = port && outputValues(graph).logit.get(port.value);
	if (!port || value === undefined) return undefined;
	const [logits] = await runForward({ ...model, graph: { ...graph, outputs: [{ ...port, value }] } }, [given], engine);
	return logits;
}

/**
 * How far logits are from those of the expected probabilities, as a share of the largest logit. The weights of light models
 * are all the same: their logits are equal, and so large (light_squeezenet: 9e9) that one unit of float32 more or less in
 * one of them, which a processor's order of summing decides, is all that a softmax sees.
 */
function worstLogit(logits: ArrayLike<number>, probabilities: ArrayLike<number>): number {
	const found = Array.from(logits);
	const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
	const wanted = Array.from(probabilities, Math.log);
	const [middle, expected] = [mean(found), mean(wanted)];
	const largest = Math.max(1, ...found.map(Math.abs));
	return Math.max(...found.map((value, at) => Math.abs(value - middle - (wanted[at]! - expected)))) / largest;
}

describe("ONNX models with stored vectors", function () {
	this.timeout(300_000);
	const engines = new Map<EngineId, Engine>();
	before(async function () {
		needTestdata(this, "models", "onnx");
		for (const id of ["session", "wasm"] as const) {
			try {
				engines.set(id, (await createEngine(id)).engine);
			} catch (error) {
				if (id !== "session") throw error;
				console.log(`      no session engine, wasm only: ${LaminaError.from(error).message}`);
			}
		}
	});
	after(() => {
		for (const engine of engines.values()) engine.dispose();
	});

	for (const { model: file, input, output } of storedVectors()) {
		it(path.relative(FOLDER, output), async () => {
			const model = await openModel(file);
			try {
				const [port] = model.graph.inputs;
				const given = input ? read(input) : ramp((port?.shape ?? []).map((extent) => extent ?? 1));
				const expected = read(output);
				// Large models run on the first engine that is there.
				const some = input ? [...engines] : [...engines].slice(0, 1);
				for (const [id, engine] of some) {
					const [found] = await runForward(model, [given], engine);
					assert.equal(`[${found?.shape}]`, `[${expected.shape}]`);
					const largest = Array.from(expected.data).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
					let worst = 0;
					for (const [at, value] of expected.data.entries())
						worst = Math.max(worst, Math.abs((found?.data[at] ?? Number.NaN) - value));
					if (worst <= ROUNDING * Math.max(1, largest)) continue;
					const logits = await logitsOf(model, given, engine);
					const isLost = logits && 2 ** -24 * Math.max(...Array.from(logits.data, Math.abs)) > ROUNDING;
					// Only where rounding of the logits alone moves probabilities by more than is allowed.
					const inLogits = isLost ? worstLogit(logits.data, expected.data) : undefined;
					assert.ok(
						inLogits !== undefined && inLogits <= ROUNDING,
						`${id}: off by ${worst} of ${largest}${inLogits === undefined ? "" : `, logits by ${inLogits} of the largest`}`,
					);
					console.log(
						`      ${path.basename(output)}: probabilities of logits too large for them; the logits are right`,
					);
				}
			} finally {
				model.weights.close();
			}
		});
	}
});
