import assert from "node:assert/strict";
import * as fc from "fast-check";
import { Builder } from "../../../src/core/program/builder";
import { programCost } from "../../../src/core/program/cost";
import { bindShape } from "../../../src/core/program/dims";
import { basesProgram } from "../../../src/core/program/passes/regional/bases";
import type { Box } from "../../../src/core/program/passes/regional/box";
import {
	PATCH,
	type RegionalProgram,
	regionalProgram,
} from "../../../src/core/program/passes/regional/regional-program";
import { printProgram } from "../../../src/core/program/print";
import type { Program, Value } from "../../../src/core/program/types";
import * as v from "../../../src/core/program/vocabulary";
import { copyBox } from "../../../src/core/session/perturbed/boxes";
import { float32, sizeOf, type Tensor } from "../../../src/shared/tensor";
import { varied } from "../engine-session/session-under-test";
import { MAP, randomMapProgram } from "./random-map-program";
import { runPlainly } from "./run-plainly";

const RUNS = { numRuns: 250, seed: 1 };

/** Boxes of all extents and places, those along the border among them. */
const boxes: fc.Arbitrary<Box[]> = fc.array(
	fc
		.tuple(...MAP.map((extent) => fc.tuple(fc.nat(extent - 1), fc.integer({ min: 1, max: Math.min(extent, 6) }))))
		.map((axes) => ({
			begin: axes.map(([begin]) => begin),
			end: axes.map(([begin, size], axis) => Math.min(MAP[axis] as number, begin + size)),
		})),
	{ minLength: 1, maxLength: 4 },
);

const x = varied([1, ...MAP], 3);
const y = varied([1, 1, 1, 2], 4);
const content = varied([1, ...MAP], 9);

/** The whole program on a copy of `x` with the content in a box. */
async function edited(program: Program, tensors: Readonly<Record<string, Tensor>>, box: Box) {
	const copy = float32(x.shape, Float32Array.from(x.data));
	copyBox(content, 0, box, copy, 0, [0, 0, 0]);
	return runPlainly(program, { ...tensors, x: copy, y }, 1);
}

async function regionally(
	program: Program,
	regional: RegionalProgram,
	tensors: Readonly<Record<string, Tensor>>,
	all: readonly Box[],
) {
	const bases = await runPlainly(basesProgram(program, regional.bases.values()), { ...tensors, x, y }, 1);
	const inputs: Record<string, Tensor> = { ...tensors, ...bases };
	const id = regional.program.inputs.get(PATCH);
	if (id !== undefined) {
		const shape = bindShape(regional.program.instructions[id]!.type.shape, all.length);
		const patches = float32(shape, new Float32Array(sizeOf(shape)));
		for (const [row, box] of all.entries()) {
			const begin = MAP.map((_, axis) => regional.patch[axis + 1]?.begin.at(box) ?? 0);
			const end = begin.map((at, axis) => at + shape[axis + 1]!);
			copyBox(x, 0, { begin, end }, patches, row, begin);
			copyBox(content, 0, box, patches, row, begin);
		}
		inputs[PATCH] = patches;
	}
	for (const [name, columns] of regional.positions) {
		const data = Int32Array.from(all.flatMap((box) => columns.map((column) => column.at(box))));
		inputs[name] = { dtype: "int32", shape: [all.length, columns.length], data };
	}
	return runPlainly(regional.program, inputs, all.length);
}

function assertSame(found: Tensor, row: number, expected: Tensor, program: Program): void {
	for (const [at, value] of expected.data.entries()) {
		const other = found.data[row * expected.data.length + at] as number;
		const isClose = Object.is(value, other) || Math.abs(value - other) <= 1e-5 * Math.max(1, Math.abs(value));
		assert.ok(isClose, `element ${at} is ${other}, not ${value}:\n${printProgram(program)}`);
	}
}

describe("a program for regions", function () {
	this.timeout(120_000);

	it("computes what the whole program computes of each edited input", async () => {
		let regional = 0;
		await fc.assert(
			fc.asyncProperty(randomMapProgram, boxes, async ({ program, tensors }, all) => {
				const made = regionalProgram(program, "x", all);
				if (!made) return;
				regional++;
				const found = await regionally(program, made, tensors, all);
				for (const [row, box] of all.entries()) {
					const expected = await edited(program, tensors, box);
					for (const name of program.outputs.keys()) assertSame(found[name]!, row, expected[name]!, made.program);
				}
			}),
			RUNS,
		);
		assert.ok(regional > RUNS.numRuns / 2, `only ${regional} programs had regions`);
	});

	const chain = (extent: number, build: (b: Builder, image: Value) => Value): Program => {
		const b = new Builder();
		b.output("out", build(b, b.input("image", "float32", [-1, extent, extent, 3])));
		return b.build();
	};
	const conv = (b: Builder, image: Value, name: string, stride = 1) =>
		v.conv2d(b, image, b.weight(name, "float32", [3, 3, image.shape[3] as number, 8]), {
			strides: [stride, stride],
			padding: [
				[1, 1],
				[1, 1],
			],
			dilations: [1, 1],
		});
	const middle: Box = { begin: [28, 28, 0], end: [36, 36, 3] };

	it("recomputes exactly what the window can reach", () => {
		const program = chain(64, (b, image) => v.maxPool2d(b, v.relu(b, conv(b, conv(b, image, "k"), "l")), halves));
		const made = regionalProgram(program, "image", [middle])!;
		const shapes = made.program.instructions.filter(({ op }) => op === "conv2d" || op === "maxPool2d");
		// 8 cells, one more on each side by each convolution; the pool's windows begin at even cells, as does the region.
		assert.deepEqual(
			shapes.map(({ type }) => type.shape.slice(1, 3)),
			[
				[10, 10],
				[12, 12],
				[6, 6],
			],
		);
	});
	it("saves the arithmetic outside of the regions", () => {
		const program = chain(64, (b, image) => conv(b, conv(b, image, "k"), "l"));
		const made = regionalProgram(program, "image", [middle])!;
		const [whole, part] = [programCost(program).flops, programCost(made.program).flops];
		assert.ok(whole > 20 * part, `${whole} operations against ${part}`);
	});
	it("computes as a whole from a global pool on, and nothing else", () => {
		const program = chain(64, (b, image) => {
			const pooled = v.mean(b, v.relu(b, conv(b, image, "k", 2)), [1, 2]);
			return v.matmul(b, pooled, b.weight("m", "float32", [8, 5]));
		});
		const made = regionalProgram(program, "image", [middle])!;
		const convolved = made.program.instructions.find(({ op }) => op === "conv2d")!;
		assert.deepEqual(convolved.type.shape, [-1, 5, 5, 8]);
		assert.deepEqual(made.program.instructions[made.program.outputs.get("out")!]!.type.shape, [-1, 5]);
	});
	it("is none where the box covers the input, or for an input that the program does not have", () => {
		const program = chain(8, (b, image) => conv(b, image, "k"));
		assert.equal(regionalProgram(program, "image", [{ begin: [0, 0, 0], end: [8, 8, 3] }]), undefined);
		assert.equal(regionalProgram(program, "other", [middle]), undefined);
	});
});

const halves: v.PoolAttributes = { window: [2, 2], strides: [2, 2], padding: "valid" };
