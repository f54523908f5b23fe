import assert from "node:assert/strict";
import { foldChannels } from "../../../src/core/engine/session/channel-folding";
import { Builder } from "../../../src/core/program/builder";
import { rewrite } from "../../../src/core/program/passes/rewrite";
import type { Program, Value } from "../../../src/core/program/types";
import { vjp } from "../../../src/core/program/vjp";
import {
	add,
	constant,
	conv2d,
	depthwiseConv2d,
	div,
	matmul,
	mul,
	relu,
	rsqrt,
	sub,
} from "../../../src/core/program/vocabulary";
import type { Tensor } from "../../../src/shared/tensor";
import { assertClose, SessionUnderTest, varied, weightsOf } from "./session-under-test";

const A = {
	strides: [1, 1],
	padding: [
		[1, 1],
		[1, 1],
	] as const,
	dilations: [1, 1],
};

const WEIGHTS: Record<string, Tensor> = {
	kernel: varied([3, 3, 2, 4], 1),
	depthwise: varied([3, 3, 2, 2], 2),
	dense: varied([2, 4], 3),
	turned: varied([4, 2], 4),
	mean: varied([4], 5),
	variance: { ...varied([4], 6), data: varied([4], 6).data.map((value) => value + 2) },
	gamma: varied([4], 7),
	beta: varied([4], 8),
};

const weight = (b: Builder, name: string) => b.weight(name, "float32", (WEIGHTS[name] as Tensor).shape);

function normalised(b: Builder, x: Value): Value {
	const scale = mul(b, rsqrt(b, add(b, weight(b, "variance"), 1e-3)), weight(b, "gamma"));
	return add(b, mul(b, sub(b, x, weight(b, "mean")), scale), weight(b, "beta"));
}

/** A normalised and rectified layer of one input. */
function programOf(layer: (b: Builder, x: Value) => Value, shape: readonly number[], withGradient = false): Program {
	const b = new Builder();
	const x = b.input("x", "float32", shape);
	const y = relu(b, normalised(b, layer(b, x)));
	b.output("y", y);
	if (withGradient) b.output("gradient", vjp(b, [[y, mul(b, y, y)]], [x])[0] as Value);
	return b.build();
}

/** Instructions that are computed anew for each input: none of their operands is made of weights alone. */
function perRun(program: Program): string[] {
	const fixed = new Set<number>();
	const ops: string[] = [];
	for (const { id, op, inputs, type } of program.instructions) {
		const isFixed =
			op !== "input" && type.shape.every((extent) => extent >= 0) && inputs.every((input) => fixed.has(input));
		if (isFixed) fixed.add(id);
		else if (op !== "input") ops.push(op);
	}
	return ops;
}

const LAYERS: Record<string, (b: Builder, x: Value) => Value> = {
	convolution: (b, x) => conv2d(b, x, weight(b, "kernel"), A),
	"convolution with bias": (b, x) => add(b, conv2d(b, x, weight(b, "kernel"), A), weight(b, "gamma")),
	"depthwise convolution": (b, x) => depthwiseConv2d(b, x, weight(b, "depthwise"), A),
	"dense layer": (b, x) => matmul(b, x, weight(b, "dense")),
	"dense layer, kernel turned": (b, x) => matmul(b, x, weight(b, "turned"), { transposeB: true }),
};

describe("session engine: factors of channels are folded into kernels", () => {
	const session = SessionUnderTest.inSuite();

	for (const [title, layer] of Object.entries(LAYERS)) {
		const shape = title.startsWith("dense") ? [-1, 2] : [-1, 5, 4, 2];

		it(`a normalisation after a ${title} leaves one sum to be computed`, () => {
			const b = new Builder();
			b.output("y", normalised(b, layer(b, b.input("x", "float32", shape))));
			const ops = perRun(foldChannels(b.build()));
			assert.equal(ops.length, 2, ops.join(", "));
			assert.equal(ops[1], "add");
		});

		it(`the result stays what it is: ${title}`, async () => {
			const program = programOf(layer, shape);
			const folded = foldChannels(program);
			assert.ok(perRun(folded).length < perRun(program).length);
			const x = varied([3, ...shape.slice(1)], 9);
			const plain = await unfolded(session, program, x);
			const result = await session.engine.compile(folded, weightsOf(WEIGHTS));
			for (const [name, value] of Object.entries(await result.run({ x }))) assertClose(value, plain[name] as Tensor);
			result.dispose();
		});

		it(`in a program that walks back only the way back is folded: ${title}`, async () => {
			const program = programOf(layer, shape, true);
			const folded = foldChannels(program);
			const forward = (all: Program) =>
				perRun(rewrite({ ...all, outputs: new Map([["y", all.outputs.get("y") as number]]) }));
			assert.deepEqual(forward(folded), forward(program));
			const spared = title.startsWith("dense") ? 0 : 1;
			assert.equal(perRun(folded).length, perRun(program).length - spared);
			const x = varied([3, ...shape.slice(1)], 9);
			const plain = await unfolded(session, program, x);
			const plan = await session.engine.compile(program, weightsOf(WEIGHTS));
			for (const [name, value] of Object.entries(await plan.run({ x }))) assertClose(value, plain[name] as Tensor);
			plan.dispose();
		});
	}

	it("a quotient is folded, a difference from a constant is not", () => {
		const b = new Builder();
		const x = b.input("x", "float32", [-1, 2]);
		b.output("quotient", div(b, matmul(b, x, weight(b, "dense")), weight(b, "variance")));
		assert.deepEqual(perRun(foldChannels(b.build())), ["matmul"]);
		const c = new Builder();
		const y = matmul(c, c.input("x", "float32", [-1, 2]), weight(c, "dense"));
		c.output("difference", sub(c, constant(c, [1, 2, 3, 4], [4]), y));
		assert.deepEqual(perRun(foldChannels(c.build())), ["matmul", "sub"]);
	});

	it("a layer whose own value is wanted is not computed twice", () => {
		const b = new Builder();
		const y = conv2d(b, b.input("x", "float32", [-1, 5, 4, 2]), weight(b, "kernel"), A);
		b.output("before", y);
		b.output("after", normalised(b, y));
		assert.equal(perRun(foldChannels(b.build())).filter((op) => op === "conv2d").length, 1);
	});

	it("what is not one factor a channel stays", () => {
		const b = new Builder();
		const x = b.input("x", "float32", [-1, 5, 4, 2]);
		const map = b.weight("map", "float32", [5, 4, 4]);
		b.output("y", mul(b, conv2d(b, x, weight(b, "kernel"), A), map));
		assert.deepEqual(perRun(foldChannels(b.build())), ["conv2d", "mul"]);
	});
});

/** Every value of a program is asked for, so that nothing can be folded. */
async function unfolded(session: SessionUnderTest, program: Program, x: Tensor): Promise<Record<string, Tensor>> {
	const free = program.instructions.filter(({ type }) => type.shape[0] === -1);
	const outputs = new Map([...program.outputs, ...free.map(({ id }) => [`%${id}`, id] as const)]);
	const plan = await session.engine.compile({ ...program, outputs }, weightsOf(WEIGHTS));
	const results = await plan.run({ x });
	plan.dispose();
	return Object.fromEntries([...program.outputs.keys()].map((name) => [name, results[name] as Tensor]));
}
