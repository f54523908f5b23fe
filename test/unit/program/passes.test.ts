import assert from "node:assert/strict";
import * as fc from "fast-check";
import { Builder } from "../../../src/core/program/builder";
import { hoist } from "../../../src/core/program/passes/hoist";
import { optimizeLayout } from "../../../src/core/program/passes/layout";
import { simplify } from "../../../src/core/program/passes/simplify";
import { printProgram } from "../../../src/core/program/print";
import type { Program, Value } from "../../../src/core/program/types";
import { vjp } from "../../../src/core/program/vjp";
import * as v from "../../../src/core/program/vocabulary";
import type { Tensor } from "../../../src/shared/tensor";
import { BATCH, type RandomProgram, randomProgram } from "./random-program";
import { runPlainly } from "./run-plainly";

const RUNS = { numRuns: 300, seed: 1 };

describe("passes over random programs", function () {
	this.timeout(120_000);

	const preserved = (pass: (program: Program) => Program, tolerance: number) =>
		fc.assert(
			fc.asyncProperty(randomProgram, async ({ program, tensors }: RandomProgram) => {
				const expected = await runPlainly(program, tensors, BATCH);
				const found = await runPlainly(pass(program), tensors, BATCH);
				assertClose(found, expected, tolerance, program);
			}),
			RUNS,
		);

	// Nothing is added up in another order: only folded constants are rounded once instead of twice.
	it("simplification computes the same", () => preserved(simplify, 1e-6));

	// Sums over turned axes run in another order, and chains of up to 14 steps carry that on.
	it("the layout pass computes the same", () => preserved(optimizeLayout, 1e-5));

	it("the layout pass is content with its own result", () =>
		fc.assert(
			fc.property(randomProgram, ({ program }) => {
				const once = optimizeLayout(program);
				const count = (p: Program) => p.instructions.filter(({ op }) => op === "transpose").length;
				assert.ok(count(optimizeLayout(once)) <= count(once));
			}),
			RUNS,
		));

	it("hoisting computes the same in two parts", () =>
		fc.assert(
			fc.asyncProperty(randomProgram, async ({ program, tensors }) => {
				const { prepare, main, derived } = hoist(program);
				const prepared = prepare ? await runPlainly(prepare, tensors, 1) : {};
				assert.deepEqual(Object.keys(prepared).sort(), [...derived.keys()].sort());
				assertClose(
					await runPlainly(main, { ...tensors, ...prepared }, BATCH),
					await runPlainly(program, tensors, BATCH),
					0,
					program,
				);
			}),
			RUNS,
		));
});

function assertClose(
	found: Record<string, Tensor>,
	expected: Record<string, Tensor>,
	tolerance: number,
	program: Program,
): void {
	assert.deepEqual(Object.keys(found), Object.keys(expected));
	for (const [name, tensor] of Object.entries(expected)) {
		const other = found[name] as Tensor;
		assert.deepEqual(other.shape, tensor.shape, printProgram(program));
		const scale = Math.max(1, ...Array.from(tensor.data, (value) => (Number.isFinite(value) ? Math.abs(value) : 0)));
		for (const [index, value] of tensor.data.entries()) {
			const mine = other.data[index] as number;
			const fits = Object.is(mine, value) || mine === value || Math.abs(mine - value) <= tolerance * scale;
			assert.ok(fits, `${name}[${index}] is ${mine} instead of ${value} in\n${printProgram(program)}`);
		}
	}
}

const ops = (program: Program) =>
	program.instructions.map(({ op }) => op).filter((op) => !["input", "weight", "constant"].includes(op));
const SAME = {
	strides: [1, 1],
	padding: [
		[1, 1],
		[1, 1],
	] as [number, number][],
	dilations: [1, 1],
};

/** Convolution, batch normalisation, ReLU as a model written channels first is lowered. */
function block(b: Builder, x: Value, name: string, channels: number): Value {
	const kernel = b.weight(`${name}/kernel`, "float32", [3, 3, x.shape[1] as number, channels]);
	const scale = b.weight(`${name}/scale`, "float32", [channels, 1, 1]);
	const bias = b.weight(`${name}/bias`, "float32", [channels]);
	const convolved = v.transpose(b, v.conv2d(b, v.transpose(b, x, [0, 2, 3, 1]), kernel, SAME), [0, 3, 1, 2]);
	return v.relu(b, v.add(b, v.mul(b, convolved, scale), v.reshape(b, bias, [1, channels, 1, 1])));
}

describe("the layout pass", () => {
	it("leaves one transpose at the input of a residual network that is written channels first", () => {
		const b = new Builder();
		const x = b.input("x", "float32", [-1, 3, 8, 8]);
		const first = block(b, x, "first", 4);
		const second = v.add(b, block(b, first, "second", 4), first);
		const both = v.concat(
			b,
			[
				second,
				v.pad(b, v.slice(b, second, [0, 0, 1, 0], [-1, 2, -1, -1]), [
					[0, 0],
					[0, 0],
					[1, 0],
					[0, 0],
				]),
			],
			1,
		);
		b.output("y", v.mean(b, block(b, both, "third", 5), [2, 3]));
		const optimized = optimizeLayout(b.build());
		assert.equal(ops(optimized).filter((op) => op === "transpose").length, 1, printProgram(optimized));
		const input = optimized.inputs.get("x");
		assert.deepEqual(optimized.instructions.find(({ op }) => op === "transpose")?.inputs, [input]);
	});

	it("leaves two on the way there and back when the gradient is wanted in the model's own layout", () => {
		const b = new Builder();
		const x = b.input("x", "float32", [-1, 3, 8, 8]);
		const y = v.sum(b, block(b, block(b, x, "first", 4), "second", 4), [1, 2, 3]);
		const [gradient] = vjp(b, [[y, v.full(b, y.shape, 1)]], [x]);
		b.output("gradient", gradient as Value);
		const optimized = optimizeLayout(b.build());
		assert.equal(ops(optimized).filter((op) => op === "transpose").length, 2, printProgram(optimized));
	});

	it("leaves a program without transposes as it is", () => {
		const b = new Builder();
		const x = b.input("x", "float32", [-1, 4, 4, 3]);
		b.output("y", v.relu(b, v.conv2d(b, x, b.weight("k", "float32", [3, 3, 3, 2]), SAME)));
		const program = b.build();
		assert.equal(printProgram(optimizeLayout(program)), printProgram(program));
	});
});

describe("simplification", () => {
	const simplified = (make: (b: Builder, x: Value) => Value) => {
		const b = new Builder();
		const x = b.input("x", "float32", [-1, 2, 3]);
		b.output("y", make(b, x));
		return ops(simplify(b.build()));
	};

	it("removes neutral operands, also when they are spread over a shape with a free batch", () => {
		assert.deepEqual(
			simplified((b, x) => v.mul(b, x, v.full(b, x.shape, 1))),
			[],
		);
		assert.deepEqual(
			simplified((b, x) => v.sub(b, v.add(b, 0, x), 0)),
			[],
		);
	});

	it("keeps what a neutral operand does to the shape", () => {
		assert.deepEqual(
			simplified((b, x) => v.mul(b, x, v.full(b, [4, 1, 2, 3], 1))),
			["broadcastTo"],
		);
	});

	it("joins reshapes and transposes, and removes those that come to nothing", () => {
		assert.deepEqual(
			simplified((b, x) => v.reshape(b, v.reshape(b, x, [-6]), [-1, 3, 2])),
			["reshape"],
		);
		assert.deepEqual(
			simplified((b, x) => v.transpose(b, v.transpose(b, x, [0, 2, 1]), [0, 2, 1])),
			[],
		);
		assert.deepEqual(
			simplified((b, x) => v.transpose(b, v.expandDims(b, x, 1), [0, 2, 1, 3])),
			["reshape"],
		);
	});

	it("computes small constants", () => {
		assert.deepEqual(
			simplified((b, x) => v.mul(b, x, v.sqrt(b, v.add(b, v.constant(b, 3), 1)))),
			["mul"],
		);
	});

	it("does not repeat an operand that is repeated anyway", () => {
		assert.deepEqual(
			simplified((b, x) => v.mul(b, x, v.broadcastTo(b, b.weight("w", "float32", [3]), [2, 3]))),
			["mul"],
		);
	});
});

describe("hoisting", () => {
	it("takes out what depends on weights alone and tells what it is made of", () => {
		const b = new Builder();
		const x = b.input("x", "float32", [-1, 4]);
		const kernel = v.add(b, v.relu(b, b.weight("w", "float32", [4, 2])), b.weight("v", "float32", [4, 2]));
		b.output("y", v.matmul(b, x, kernel));
		const { prepare, main, derived } = hoist(b.build());
		assert.deepEqual(ops(main), ["matmul"]);
		assert.deepEqual([...derived.values()], [["v", "w"]]);
		assert.deepEqual(ops(prepare as Program), ["relu", "add"]);
	});

	it("names equal derivations alike in different programs, and others differently", () => {
		const nameOf = (slope: number) => {
			const b = new Builder();
			const x = b.input(`x${slope}`, "float32", [-1, 4]);
			b.output("y", v.matmul(b, v.relu(b, x), v.leakyRelu(b, b.weight("w", "float32", [4, 2]), slope)));
			return [...hoist(b.build()).derived.keys()].join();
		};
		assert.equal(nameOf(0.1), nameOf(0.1));
		assert.notEqual(nameOf(0.1), nameOf(0.2));
	});

	it("leaves views and repetition of weights inside", () => {
		const b = new Builder();
		const x = b.input("x", "float32", [-1, 2, 4]);
		const bias = v.broadcastTo(b, v.reshape(b, b.weight("w", "float32", [4]), [1, 4]), [2, 4]);
		b.output("y", v.add(b, x, bias));
		assert.equal(hoist(b.build()).prepare, undefined);
	});
});
