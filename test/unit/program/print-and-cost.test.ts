import assert from "node:assert/strict";
import { Builder } from "../../../src/core/program/builder";
import { programCost } from "../../../src/core/program/cost";
import { schedule } from "../../../src/core/program/liveness";
import { printProgram } from "../../../src/core/program/print";
import * as v from "../../../src/core/program/vocabulary";

describe("a program prints", () => {
	it("one instruction a line, with types, operands and attributes", () => {
		const b = new Builder();
		const x = b.input("x", "float32", [-1, 28, 28, 1]);
		const kernel = b.weight("conv/kernel", "float32", [3, 3, 1, 32]);
		const y = v.conv2d(b, x, kernel, {
			strides: [1, 1],
			padding: [
				[0, 0],
				[1, 1],
			],
			dilations: [1, 1],
		});
		b.output("y", v.add(b, y, v.constant(b, [0.5], [1, 1])));
		assert.equal(
			printProgram(b.build()),
			[
				'%0: float32[N, 28, 28, 1] = input() name="x"',
				'%1: float32[3, 3, 1, 32] = weight() name="conv/kernel"',
				"%2: float32[N, 26, 28, 32] = conv2d(%0, %1) strides=[1, 1] padding=[[0, 0], [1, 1]] dilations=[1, 1]",
				"%3: float32[1, 1] = constant() data={0.5}",
				"%4: float32[N, 26, 28, 32] = add(%2, %3)",
				'return "y" = %4',
				"",
			].join("\n"),
		);
	});

	it("with long constants cut", () => {
		const b = new Builder();
		b.output(
			"table",
			v.constant(
				b,
				Array.from({ length: 100 }, (_, i) => i),
				[100],
			),
		);
		assert.match(printProgram(b.build()), /data=\{0, 1, 2, 3, 4, 5, 6, 7, \.\.\. 92 more\}/);
	});
});

describe("the cost of a program", () => {
	it("counts two operations for every product of a convolution and of its input gradient", () => {
		const b = new Builder();
		const a = {
			strides: [2, 2],
			padding: [
				[0, 0],
				[0, 0],
			] as [number, number][],
			dilations: [1, 1],
		};
		const x = b.input("x", "float32", [-1, 9, 9, 3]);
		const kernel = b.weight("k", "float32", [3, 3, 3, 8]);
		const y = v.conv2d(b, x, kernel, a);
		b.output("y", y);
		const forward = 2 * (4 * 4 * 8) * (3 * 3 * 3);
		assert.equal(programCost(b.build()).flops, forward);
		b.output("dx", v.conv2dInputGrad(b, y, kernel, a, x.shape));
		assert.equal(programCost(b.build()).flops, 2 * forward);
		assert.equal(programCost(b.build()).weightBytes, 3 * 3 * 3 * 8 * 4);
	});

	it("counts a matrix product and a depthwise convolution", () => {
		const b = new Builder();
		b.output("y", v.matmul(b, b.input("x", "float32", [-1, 10]), b.weight("w", "float32", [10, 4])));
		assert.equal(programCost(b.build()).flops, 2 * 10 * 4);
		const d = new Builder();
		const a = {
			strides: [1, 1],
			padding: [
				[1, 1],
				[1, 1],
			] as [number, number][],
			dilations: [1, 1],
		};
		d.output(
			"y",
			v.depthwiseConv2d(d, d.input("x", "float32", [-1, 5, 5, 6]), d.weight("k", "float32", [3, 3, 6, 2]), a),
		);
		assert.equal(programCost(d.build()).flops, 2 * (5 * 5 * 12) * 9);
	});

	it("holds a chain's memory at two values, however long it is", () => {
		const b = new Builder();
		let x = b.input("x", "float32", [-1, 100]);
		for (let i = 0; i < 20; i++) x = v.unary(b, i % 2 === 0 ? "tanh" : "sin", x);
		b.output("y", x);
		assert.equal(programCost(b.build()).peakBytes(3), 2 * 3 * 100 * 4);
	});

	it("keeps what is needed later", () => {
		const b = new Builder();
		const x = b.input("x", "float32", [-1, 100]);
		const kept = v.exp(b, x);
		b.output("y", v.add(b, v.sqrt(b, v.square(b, kept)), kept));
		// kept, its square, the root of that.
		assert.equal(programCost(b.build()).peakBytes(1), 3 * 400);
	});

	it("counts a view with what it looks at", () => {
		const b = new Builder();
		const x = v.exp(b, b.input("x", "float32", [-1, 100]));
		b.output("y", v.exp(b, v.reshape(b, x, [-1, 10, 10])));
		assert.equal(programCost(b.build()).peakBytes(1), 2 * 400);
	});
});

describe("a schedule", () => {
	it("runs only what the wanted outputs need, and releases each value after its last use", () => {
		const b = new Builder();
		const x = b.input("x", "float32", [-1, 2]);
		const y = v.exp(b, x);
		b.output("y", y);
		b.output("z", v.add(b, v.sqrt(b, y), y));
		const program = b.build();
		assert.deepEqual(schedule(program, ["y"]), { order: [0, 1], released: [[], [0]] });
		assert.deepEqual(schedule(program, ["z"]), { order: [0, 1, 2, 3], released: [[], [0], [], [1, 2]] });
	});
});
