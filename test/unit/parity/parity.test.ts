import assert from "node:assert/strict";
import type { Engine, WeightSource } from "../../../src/core/engine/engine";
import { createEngine } from "../../../src/core/engine/registry";
import { Builder } from "../../../src/core/program/builder";
import { bindShape, formatShape } from "../../../src/core/program/dims";
import { PRIMITIVES } from "../../../src/core/program/primitives";
import type { Program } from "../../../src/core/program/types";
import { maxPool2d, maxPool3d, type PoolAttributes } from "../../../src/core/program/vocabulary";
import { LaminaError } from "../../../src/shared/errors";
import { sizeOf, type Tensor, type TensorData } from "../../../src/shared/tensor";
import { type Case, ELEMENTWISE_CASES, type Operand, type Values } from "./cases";
import { LINEAR_CASES } from "./cases-linear";
import { STRUCTURAL_CASES } from "./cases-structural";
import { type Expected, exact, type NdArray, type Reference } from "./reference";
import { BINARY_REFERENCES, UNARY_REFERENCES } from "./reference-elementwise";
import { LINEAR_REFERENCES, POOL_REFERENCES } from "./reference-linear";
import { INDEXING_REFERENCES, REDUCTION_REFERENCES, SHAPE_REFERENCES } from "./reference-structural";

const itself: Reference = ([x]) => exact(Array.from(x!.data));
const REFERENCES: Record<string, Reference> = {
	input: itself,
	weight: itself,
	constant: (_inputs, { data }) => exact(Array.from(data as TensorData)),
	...UNARY_REFERENCES,
	...BINARY_REFERENCES,
	...REDUCTION_REFERENCES,
	...SHAPE_REFERENCES,
	...INDEXING_REFERENCES,
	...LINEAR_REFERENCES,
	...POOL_REFERENCES,
};
const CASES: readonly Case[] = [...ELEMENTWISE_CASES, ...STRUCTURAL_CASES, ...LINEAR_CASES];
const BATCHES = [1, 3];

describe("every engine computes every primitive as its definition says", () => {
	it("every primitive has a reference and a case", () => {
		const tested = new Set(CASES.map(({ op }) => op));
		for (const op of PRIMITIVES.keys()) {
			assert.ok(REFERENCES[op], `${op} has no reference`);
			assert.ok(tested.has(op), `${op} has no case`);
		}
	});

	for (const id of ["cpu", "wasm", "session"] as const) {
		describe(`${id} engine`, function () {
			this.timeout(120_000);
			let engine: Engine;
			before(async function () {
				try {
					engine = (await createEngine(id)).engine;
				} catch (error) {
					if (id !== "session" || !(error instanceof LaminaError)) throw error;
					console.log(`      skipped: the session engine is not there (${error.message})`);
					this.skip();
				}
			});
			after(() => engine?.dispose());

			for (const op of PRIMITIVES.keys()) {
				it(op, async () => {
					for (const [index, one] of CASES.filter((other) => other.op === op).entries()) {
						for (const batch of BATCHES) await check(engine, one, batch, index * BATCHES.length + batch);
					}
				});
			}
		});
	}
});

async function check(engine: Engine, one: Case, batch: number, seed: number): Promise<void> {
	const random = generator(seed);
	const tensors = one.operands.map((operand) => fill(operand, batch, random));
	const pooledAt = one.operands.findIndex((operand) => operand.isPooled);
	if (pooledAt >= 0) tensors[pooledAt] = poolOf(tensors[0]!, one, bindShape(one.operands[pooledAt]!.shape, batch));
	const program = programOf(one);
	const plan = await engine.compile(program, weightsOf(one, tensors));
	try {
		const inputs = Object.fromEntries(
			tensors.flatMap((tensor, at) => (one.operands[at]?.isWeight ? [] : [[`x${at}`, tensor]])),
		);
		if (program.inputs.has("batch")) inputs.batch = { dtype: "float32", shape: [batch], data: new Float32Array(batch) };
		const { result } = await plan.run(inputs);
		const type = program.instructions[program.outputs.get("result") as number]!.type;
		const shape = bindShape(type.shape, batch);
		assert.deepEqual([result!.dtype, result!.shape], [type.dtype, shape], describeCase(one, batch));
		compare(result!, REFERENCES[one.op]!(tensors as NdArray[], one.attributes ?? {}, shape), describeCase(one, batch));
	} finally {
		plan.dispose();
	}
}

function programOf({ op, operands, attributes }: Case): Program {
	const b = new Builder();
	const values = operands.map(({ shape, dtype, isWeight }, at) =>
		isWeight ? b.weight(`w${at}`, dtype ?? "float32", shape) : b.input(`x${at}`, dtype ?? "float32", shape),
	);
	// A result may depend on the batch where no operand does: then something else must tell how large it is.
	if (!operands.some(({ shape, isWeight }) => !isWeight && shape.some((dim) => dim < 0)))
		b.input("batch", "float32", [-1]);
	b.output("result", op === "input" || op === "weight" ? values[0]! : b.emit(op, values, attributes ?? {}));
	return b.build();
}

function weightsOf(one: Case, tensors: readonly Tensor[]): WeightSource {
	return {
		read: async (name) => tensors[Number(name.slice(1))]!,
		fingerprint: async (name) =>
			`${one.op} ${JSON.stringify(Array.from(tensors[Number(name.slice(1))]!.data))}`
				.replace(/\W+/g, "-")
				.slice(0, 80) + hash(tensors[Number(name.slice(1))]!),
	};
}

/** FNV-1a over the bytes: equal contents, equal names. */
function hash({ data }: Tensor): string {
	let value = 0x811c9dc5;
	for (const byte of new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
		value = Math.imul(value ^ byte, 0x01000193) >>> 0;
	return value.toString(16);
}

function fill({ shape, dtype = "float32", values = [-2, 2] }: Operand, batch: number, random: () => number): Tensor {
	const bound = bindShape(shape, batch);
	const draw = drawer(values, random, dtype === "int32");
	const numbers = Array.from({ length: sizeOf(bound) }, (_, index) => draw(index));
	const data =
		dtype === "float32"
			? Float32Array.from(numbers)
			: dtype === "int32"
				? Int32Array.from(numbers)
				: Uint8Array.from(numbers);
	return { dtype, shape: bound, data };
}

function drawer(values: Values, random: () => number, whole: boolean): (index: number) => number {
	if ("list" in values) return (index) => values.list[index % values.list.length] as number;
	const [low, high] = values;
	return () => (whole ? Math.floor(low + random() * (high - low)) : low + random() * (high - low));
}

function poolOf(x: Tensor, { attributes }: Case, shape: number[]): Tensor {
	const b = new Builder();
	const value = b.input("x", "float32", x.shape);
	const a = attributes as unknown as PoolAttributes;
	const typed = shape.length === 4 ? maxPool2d(b, value, a) : maxPool3d(b, value, a);
	assert.deepEqual(typed.shape, shape);
	const { values } = POOL_REFERENCES.maxPool2d!([x], attributes!, shape);
	return { dtype: "float32", shape, data: Float32Array.from(values) };
}

function compare(found: Tensor, { values, tolerance }: Expected, what: string): void {
	for (const [index, expected] of values.entries()) {
		const value = found.data[index] as number;
		const rounded = found.dtype === "float32" ? Math.fround(expected) : expected;
		const fits =
			Object.is(value, rounded) || value === rounded || Math.abs(value - expected) <= (tolerance[index] as number);
		assert.ok(fits, `${what}: element ${index} is ${value}, but should be ${expected} within ${tolerance[index]}`);
	}
}

function describeCase({ op, operands, attributes }: Case, batch: number): string {
	const shapes = operands.map(({ shape, isWeight }) => `${isWeight ? "weight" : ""}${formatShape(shape)}`).join(", ");
	return `${op}(${shapes}) ${JSON.stringify(attributes ?? {})} for N = ${batch}`;
}

/** mulberry32: the same numbers on every run. */
function generator(seed: number): () => number {
	let state = seed + 0x9e3779b9;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
	};
}
