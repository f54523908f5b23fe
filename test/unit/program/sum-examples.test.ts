import assert from "node:assert/strict";
import * as fc from "fast-check";
import { Builder } from "../../../src/core/program/builder";
import { copyInstruction } from "../../../src/core/program/passes/rewrite";
import { sumExamples } from "../../../src/core/program/passes/sum-examples";
import { printProgram } from "../../../src/core/program/print";
import type { Program, Value } from "../../../src/core/program/types";
import { vjp } from "../../../src/core/program/vjp";
import * as v from "../../../src/core/program/vocabulary";
import type { Tensor } from "../../../src/shared/tensor";
import { generator } from "../parity/operands";
import { MAP, randomMapProgram } from "./random-map-program";
import type { RandomProgram } from "./random-program";
import { runPlainly } from "./run-plainly";

const EXAMPLES = 3;
const RUNS = { numRuns: 150, seed: 4 };

describe("sums over examples", function () {
	this.timeout(120_000);

	it("are those of the values, wherever they are taken", () => holds((_, outputs) => outputs));

	it("are those of the gradients, wherever they are taken", () =>
		holds((b, outputs, inputs) =>
			vjp(
				b,
				outputs.map((value): [Value, Value] => [value, v.full(b, value.shape, 1)]),
				inputs,
			).filter((gradient) => gradient !== undefined),
		));

	it("are taken before the step to the input of a network", () => {
		const b = new Builder();
		const x = b.input("x", "float32", [-1, 8, 8, 3]);
		const convolution = { strides: [1, 1], dilations: [1, 1], padding: [[1, 1] as const, [1, 1] as const] };
		const scaled = v.mul(b, v.transpose(b, x, [0, 2, 1, 3]), 0.5);
		const first = v.relu(b, v.conv2d(b, scaled, b.weight("k", "float32", [3, 3, 3, 4]), convolution));
		const second = v.conv2d(b, first, b.weight("l", "float32", [3, 3, 4, 2]), convolution);
		const [gradient] = vjp(b, [[second, v.full(b, second.shape, 1)]], [x]);
		b.output("sum", sumExamples(b, gradient as Value));
		const steps = b.build().instructions.map(({ op, type }) => `${op} ${type.shape[0]}`);
		assert.deepEqual(steps.slice(-5), ["reluGrad -1", "reduceSum 1", "conv2dInputGrad 1", ...["mul 1", "transpose 1"]]);
	});

	it("of a product of two values of each example are taken after it", () => {
		const b = new Builder();
		const x = b.input("x", "float32", [-1, 4]);
		b.output("sum", sumExamples(b, v.mul(b, x, v.neg(b, x))));
		assert.equal(b.build().instructions.at(-1)?.op, "reduceSum");
	});

	it("are refused where the first axis does not count examples", () => {
		const b = new Builder();
		assert.throws(() => sumExamples(b, b.input("x", "float32", [-5, 4])), RangeError);
	});
});

/** Holds what `sumExamples` makes of some values of random programs against the sums of these values. */
function holds(of: (b: Builder, outputs: readonly Value[], inputs: readonly Value[]) => readonly Value[]) {
	let moved = 0;
	return fc
		.assert(
			fc.asyncProperty(randomMapProgram, async ({ program, tensors }: RandomProgram) => {
				const b = new Builder();
				const { outputs, inputs } = copied(b, program);
				const values = of(b, outputs, inputs).filter(({ shape }) => shape[0] === -1);
				for (const [index, value] of values.entries()) {
					const summed = sumExamples(b, value);
					if (b.instruction(summed).op !== "reduceSum") moved++;
					b.output(`each${index}`, value);
					b.output(`sum${index}`, summed);
				}
				const built = b.build();
				const found = await runPlainly(built, { ...tensors, ...examples() }, EXAMPLES);
				for (const index of values.keys())
					assertSum(found[`sum${index}`] as Tensor, found[`each${index}`] as Tensor, built);
			}),
			RUNS,
		)
		.then(() => assert.ok(moved > 20, `only ${moved} sums were moved`));
}

function copied(b: Builder, program: Program) {
	const values: Value[] = [];
	for (const instruction of program.instructions)
		values.push(
			copyInstruction(
				b,
				instruction,
				instruction.inputs.map((id) => values[id] as Value),
			),
		);
	const of = (ids: ReadonlyMap<string, number>) => [...ids.values()].map((id) => values[id] as Value);
	return { outputs: of(program.outputs), inputs: of(program.inputs) };
}

function examples(): Record<string, Tensor> {
	const random = generator(9);
	const tensor = (shape: number[]): Tensor => ({
		dtype: "float32",
		shape,
		data: Float32Array.from({ length: shape.reduce((a, c) => a * c, 1) }, () => random() * 2 - 1),
	});
	return { x: tensor([EXAMPLES, ...MAP]), y: tensor([EXAMPLES, 1, 1, 2]) };
}

function assertSum(sum: Tensor, each: Tensor, program: Program): void {
	assert.deepEqual(sum.shape, [1, ...each.shape.slice(1)]);
	const size = sum.data.length;
	for (const [at, found] of sum.data.entries()) {
		const terms = Array.from({ length: EXAMPLES }, (_, example) => each.data[example * size + at] as number);
		if (!terms.every(Number.isFinite)) continue;
		const expected = terms.reduce((a, c) => a + c, 0);
		// Chains of up to 10 steps, each of which rounds sums of up to some hundred terms once (6e-8) in another order.
		const scale = Array.from(each.data).reduce(
			(most, value) => Math.max(most, Number.isFinite(value) ? Math.abs(value) : 0),
			1,
		);
		assert.ok(Math.abs(found - expected) <= 1e-5 * scale, `${found}, not ${expected}, in\n${printProgram(program)}`);
	}
}
