import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Engine, WeightSource } from "../../../src/core/engine/engine";
import { createEngine } from "../../../src/core/engine/registry";
import { Builder } from "../../../src/core/program/builder";
import { bindShape, formatShape } from "../../../src/core/program/dims";
import { PRIMITIVES } from "../../../src/core/program/primitives";
import type { Program, ValueType } from "../../../src/core/program/types";
import { LaminaError } from "../../../src/shared/errors";
import type { Tensor } from "../../../src/shared/tensor";
import { CASES } from "./all-cases";
import type { Case } from "./cases";
import { fill, generator, poolOf } from "./operands";
import type { Expected } from "./reference";
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
	const program = programOf(one);
	const { tensors, shape, expected } = question(one, program, batch, seed);
	const plan = await engine.compile(program, weightsOf(one, tensors));
	try {
		const inputs = Object.fromEntries(
			tensors.flatMap((tensor, at) => (one.operands[at]?.isWeight ? [] : [[`x${at}`, tensor]])),
		);
		if (program.inputs.has("batch")) inputs.batch = { dtype: "float32", shape: [batch], data: new Float32Array(batch) };
		const { result } = await plan.run(inputs);
		assert.deepEqual([result!.dtype, result!.shape], [resultType(program).dtype, shape], describeCase(one, batch));
		compare(result!, expected, describeCase(one, batch));
	} finally {
		plan.dispose();
	}
}

interface Question {
	readonly tensors: readonly Tensor[];
	readonly shape: number[];
	readonly expected: Expected;
}

/** The same for every engine, so worked out once. */
const questions = new Map<Case, Map<number, Question>>();

function question(one: Case, program: Program, batch: number, seed: number): Question {
	const known = questions.get(one)?.get(batch);
	if (known) return known;
	const random = generator(seed);
	const tensors = one.operands.map((operand) => fill(operand, batch, random));
	const pooledAt = one.operands.findIndex((operand) => operand.isPooled);
	if (pooledAt >= 0) tensors[pooledAt] = poolOf(tensors[0]!, one, bindShape(one.operands[pooledAt]!.shape, batch));
	const shape = bindShape(resultType(program).shape, batch);
	const made = { tensors, shape, expected: REFERENCES[one.op]!(tensors, one.attributes ?? {}, shape) };
	questions.set(one, (questions.get(one) ?? new Map()).set(batch, made));
	return made;
}

function resultType(program: Program): ValueType {
	return program.instructions[program.outputs.get("result") as number]!.type;
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
		fingerprint: async (name) => `${one.op}-${hash(tensors[Number(name.slice(1))]!)}`,
	};
}

/** Equal contents, equal names. */
function hash({ data, dtype, shape }: Tensor): string {
	const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
	return createHash("sha256").update(`${dtype}${shape}`).update(bytes).digest("hex").slice(0, 32);
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
