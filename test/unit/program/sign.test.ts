import assert from "node:assert/strict";
import * as fc from "fast-check";
import { Builder } from "../../../src/core/program/builder";
import { isNeverNegative } from "../../../src/core/program/known/sign";
import { copyInstruction } from "../../../src/core/program/passes/rewrite";
import { simplify } from "../../../src/core/program/passes/simplify";
import { printProgram } from "../../../src/core/program/print";
import type { Value } from "../../../src/core/program/types";
import * as v from "../../../src/core/program/vocabulary";
import { BATCH, randomProgram } from "./random-program";
import { runPlainly } from "./run-plainly";

describe("The sign of values", function () {
	this.timeout(120_000);

	it("is never negative where that is told of it", async () => {
		let told = 0;
		await fc.assert(
			fc.asyncProperty(randomProgram, async ({ program, tensors }) => {
				const b = new Builder();
				const values: Value[] = [];
				for (const instruction of program.instructions) {
					const inputs = instruction.inputs.map((id) => values[id] as Value);
					values.push(copyInstruction(b, instruction, inputs));
				}
				const never = values.filter((value) => value.dtype === "float32" && isNeverNegative(b, value));
				for (const value of never) b.output(`%${value.id}`, value);
				const built = b.build();
				if (never.length === 0) return;
				told += never.length;
				for (const [name, { data }] of Object.entries(await runPlainly(built, tensors, BATCH)))
					assert.ok(!data.some((item: number) => item < 0), `${name} in\n${printProgram(built)}`);
			}),
			{ numRuns: 300, seed: 3 },
		);
		assert.ok(told > 200, `only ${told} values were told of`);
	});

	it("spares a stabiliser its other side", () => {
		const b = new Builder();
		const x = v.relu(b, b.input("x", "float32", [-1, 4]));
		const z = v.matmul(b, x, v.relu(b, b.weight("w", "float32", [4, 3])));
		b.output("stable", v.stabilize(b, z, 1e-6));
		b.output("other", v.stabilize(b, b.input("y", "float32", [-1, 3]), 1e-6));
		assert.equal(simplify(b.build()).instructions.filter(({ op }) => op === "select").length, 1);
	});

	it("lets a convolution of what is the same for all examples be computed once", () => {
		const b = new Builder();
		const x = b.input("x", "float32", [-1, 6, 6, 3]);
		const convolution = { strides: [1, 1], dilations: [1, 1], padding: [[1, 1] as const, [1, 1] as const] };
		const z = v.conv2d(b, v.full(b, x.shape, 1), b.weight("k", "float32", [3, 3, 3, 2]), convolution);
		b.output("share", v.div(b, b.input("r", "float32", [-1, 6, 6, 2]), v.stabilize(b, z, 1e-6)));
		const { instructions } = simplify(b.build());
		const batched = instructions.filter(({ op, type }) => op !== "input" && type.shape[0] === -1);
		assert.deepEqual(
			batched.map(({ op }) => op),
			["div"],
		);
	});
});
