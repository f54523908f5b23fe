import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Engine, EngineId } from "../../src/core/engine/engine";
import { createEngine } from "../../src/core/engine/registry";
import { openModel } from "../../src/core/formats/registry";
import { LaminaError } from "../../src/shared/errors";
import type { Tensor } from "../../src/shared/tensor";
import { projectRoot } from "../support/environment";
import { type OnnxCase, onnxArrays, onnxCaseFile, onnxCases } from "../support/onnx-cases";
import { runForward } from "../support/run-graph";
import { needTestdata } from "../support/testdata";

/**
 * The official node tests of ONNX on every engine. What does not pass is listed by name with the reason; a listed test
 * that passes is a failure too. `LAMINA_WRITE_EXCEPTIONS=1` writes the list anew, `LAMINA_TEST_ENGINES=cpu` chooses engines.
 */
const EXCEPTIONS = path.join(projectRoot, "test", "formats", "onnx-node-exceptions.json");
const writesExceptions = process.env.LAMINA_WRITE_EXCEPTIONS !== undefined;
const ENGINES = (process.env.LAMINA_TEST_ENGINES?.split(",") ?? ["cpu", "wasm", "session"]) as readonly EngineId[];

const exceptions: Record<string, string> = existsSync(EXCEPTIONS) ? JSON.parse(readFileSync(EXCEPTIONS, "utf8")) : {};

describe("ONNX node tests", function () {
	this.timeout(60_000);
	const engines = new Map<EngineId, Engine>();
	const found: Record<string, string> = {};
	const cases = onnxCases();

	before(async function () {
		needTestdata(this, "onnx-nodes");
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
		if (!writesExceptions) return;
		const known = new Set(cases.map(({ name }) => name));
		const kept = Object.entries(exceptions).filter(([name]) => !known.has(name));
		const all = [...kept, ...Object.entries(found)].sort(([a], [b]) => (a < b ? -1 : 1));
		writeFileSync(EXCEPTIONS, `${JSON.stringify(Object.fromEntries(all), null, "\t")}\n`);
	});

	if (cases.length === 0) it("the cases of onnx-nodes", () => undefined);
	for (const one of cases) {
		it(one.name, async () => {
			const reason = exceptions[one.name];
			let failure: string | undefined;
			try {
				await check(one, engines);
			} catch (thrown) {
				failure = thrown instanceof Error ? (thrown.message.split("\n")[0] ?? "") : String(thrown);
			}
			if (failure !== undefined) found[one.name] = failure;
			if (process.env.LAMINA_TEST_OUTPUT === undefined)
				console.log(
					`      ${failure === undefined ? "ok" : "no"}  ${one.name}${failure === undefined ? "" : `: ${failure}`}`,
				);
			if (writesExceptions) return;
			if (reason === undefined) assert.equal(failure, undefined);
			else assert.ok(failure !== undefined, `it passes, but is listed as one that does not: ${reason}`);
		});
	}
});

async function check(one: OnnxCase, engines: ReadonlyMap<EngineId, Engine>): Promise<void> {
	const model = await openModel(onnxCaseFile(one.name));
	try {
		for (const [given, wanted] of one.sets) {
			const inputs = onnxArrays(given, one.inputs);
			const expected = onnxArrays(wanted, one.outputs);
			const ordered = model.graph.inputs.map(({ name }) => {
				const tensor = inputs.get(name);
				assert.ok(tensor, `the model takes "${name}", which is not given`);
				return tensor;
			});
			for (const [id, engine] of engines) {
				const results = await runForward(model, ordered, engine);
				for (const [index, port] of model.graph.outputs.entries()) {
					const output = one.outputs.find(({ name }) => name === port.name);
					if (output) compare(results[index]!, expected.get(port.name)!, output.dtype, one, `${id}: ${port.name}`);
				}
			}
		}
	} finally {
		model.weights.close();
	}
}

/** Reals within the tolerance of the test; integers and truth values exactly; NaN equals NaN. */
function compare(found: Tensor, expected: Tensor, dtype: string, { rtol, atol }: OnnxCase, what: string): void {
	assert.equal(
		`[${found.shape}]`,
		`[${expected.shape}]`,
		`${what} has the shape [${found.shape}], not [${expected.shape}]`,
	);
	const isExact = !dtype.startsWith("float");
	let worst = 0;
	for (const [at, value] of expected.data.entries()) {
		const other = found.data[at] as number;
		if (other === value || (Number.isNaN(other) && Number.isNaN(value))) continue;
		const allowed = isExact ? 0 : atol + rtol * Math.abs(value);
		const off = Math.abs(other - value);
		if (!(off <= allowed)) worst = Number.isFinite(off) ? Math.max(worst, off) : Number.POSITIVE_INFINITY;
	}
	assert.ok(worst === 0, `${what} is off by ${worst.toExponential(2)}`);
}
