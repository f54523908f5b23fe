import assert from "node:assert/strict";
import type { Engine, WeightSource } from "../../../src/core/engine/engine";
import { createEngine } from "../../../src/core/engine/registry";
import { Builder } from "../../../src/core/program/builder";
import { bindShape, formatShape } from "../../../src/core/program/dims";
import { PRIMITIVES } from "../../../src/core/program/primitives";
import type { Program } from "../../../src/core/program/types";
import { LaminaError } from "../../../src/shared/errors";
import type { Tensor } from "../../../src/shared/tensor";
import { CASES } from "./all-cases";
import type { Case } from "./cases";
import { fill, generator, poolOf } from "./operands";
import type { Expected, NdArray } from "./reference";
import { REFERENCES } from "./references";

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
