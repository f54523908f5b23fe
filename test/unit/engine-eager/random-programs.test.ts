import assert from "node:assert/strict";
import * as fc from "fast-check";
import { createEagerEngine } from "../../../src/core/engine/eager/engine";
import type { Engine } from "../../../src/core/engine/engine";
import { optimizeLayout } from "../../../src/core/program/passes/layout";
import { printProgram } from "../../../src/core/program/print";
import { BATCH, randomProgram } from "../program/random-program";
import { runPlainly } from "../program/run-plainly";

/** XNNPACK and plain JavaScript add up in another order, and chains of up to 14 steps carry that on. */
const TOLERANCE = 1e-5;

describe("random programs, with all passes that engines apply", function () {
	this.timeout(120_000);

	for (const id of ["wasm", "cpu"] as const) {
		it(`give the same on ${id} as without any pass, and leave no memory behind`, async () => {
			const engine: Engine = await createEagerEngine(id);
			const before = engine.memory();
			await fc.assert(
				fc.asyncProperty(randomProgram, async ({ program, tensors }) => {
					const expected = await runPlainly(program, tensors, BATCH);
					const weights = { read: async (name: string) => tensors[name]!, fingerprint: async (name: string) => name };
					const plan = await engine.compile(optimizeLayout(program), weights);
					const inputs = Object.fromEntries([...program.inputs.keys()].map((name) => [name, tensors[name]!]));
					const found = await plan.run(inputs);
					plan.dispose();
					for (const [name, { data, shape }] of Object.entries(expected)) {
						assert.deepEqual(found[name]?.shape, shape);
						const scale = Math.max(1, ...Array.from(data, (value) => (Number.isFinite(value) ? Math.abs(value) : 0)));
						for (const [index, value] of data.entries()) {
							const mine = found[name]?.data[index] as number;
							const fits = Object.is(mine, value) || mine === value || Math.abs(mine - value) <= TOLERANCE * scale;
							assert.ok(fits, `${name}[${index}] is ${mine} instead of ${value} in\n${printProgram(program)}`);
						}
					}
				}),
				{ numRuns: 200, seed: 2 },
			);
			await new Promise((resolve) => setTimeout(resolve, 5));
			assert.equal(engine.memory(), before);
			engine.dispose();
		});
	}
});
