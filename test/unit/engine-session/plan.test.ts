import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Plan } from "../../../src/core/engine/engine";
import { loadNative } from "../../../src/core/engine/session/native";
import { createSessionEngine } from "../../../src/core/engine/session/session-engine";
import { Builder } from "../../../src/core/program/builder";
import { add, gather, matmul, mul, reverse, sum } from "../../../src/core/program/vocabulary";
import { LaminaError } from "../../../src/shared/errors";
import { float32, type Tensor } from "../../../src/shared/tensor";
import { assertClose, int32, SessionUnderTest, varied, weightsOf } from "./session-under-test";

const EXTENT = 96;

/** y = x W and its row sums, with a W that is big enough to be mapped. */
function productProgram(weight = "w") {
	const b = new Builder();
	const x = b.input("x", "float32", [-1, EXTENT]);
	const y = matmul(b, x, b.weight(weight, "float32", [EXTENT, EXTENT]));
	b.output("y", y);
	b.output("total", sum(b, y, [1]));
	b.output("x", x);
	return b.build();
}

function product(x: Tensor, w: Tensor): Tensor {
	const rows = x.shape[0] as number;
	const data = new Float32Array(rows * EXTENT);
	for (let i = 0; i < rows; i++)
		for (let j = 0; j < EXTENT; j++) {
			let value = 0;
			for (let k = 0; k < EXTENT; k++) value += (x.data[i * EXTENT + k] as number) * (w.data[k * EXTENT + j] as number);
			data[i * EXTENT + j] = value;
		}
	return float32([rows, EXTENT], data);
}

describe("session engine: plans", () => {
	const session = SessionUnderTest.inSuite();
	const w = varied([EXTENT, EXTENT], 5);
	const compile = () => session.engine.compile(productProgram(), weightsOf({ w }));

	it("run with any batch size", async () => {
		const plan = await compile();
		for (const rows of [1, 5, 2]) {
			const x = varied([rows, EXTENT]);
			const { y, total } = await plan.run({ x });
			assertClose(y as Tensor, product(x, w));
			assert.deepEqual(total?.shape, [rows]);
		}
		plan.dispose();
	});

	it("give only the wanted outputs, an input among them", async () => {
		const plan = await compile();
		const x = varied([2, EXTENT]);
		assert.deepEqual(Object.keys(await plan.run({ x }, ["total"])), ["total"]);
		assertClose((await plan.run({ x }, ["x"])).x as Tensor, x, 0);
		assert.deepEqual(await plan.run({ x }, []), {});
		await assert.rejects(plan.run({ x }, ["nothing"]), { code: "invalid" });
		plan.dispose();
	});

	it("refuse inputs that do not fit before native code sees them", async () => {
		const plan = await compile();
		const wrong: Record<string, Record<string, Tensor>> = {
			"a missing input": {},
			"an unknown input": { x: varied([1, EXTENT]), z: varied([1]) },
			"a wrong rank": { x: varied([1, 1, EXTENT]) },
			"a wrong extent": { x: varied([1, EXTENT - 1]) },
			"a wrong type": { x: int32([1, EXTENT], new Array(EXTENT).fill(1)) },
			"an empty batch": { x: float32([0, EXTENT], []) },
			"too little data": { x: { dtype: "float32", shape: [2, EXTENT], data: new Float32Array(EXTENT) } },
		};
		for (const [what, inputs] of Object.entries(wrong)) {
			await assert.rejects(plan.run(inputs), (error) => error instanceof LaminaError && error.code === "invalid", what);
		}
		assertClose((await plan.run({ x: varied([1, EXTENT]) })).y as Tensor, product(varied([1, EXTENT]), w));
		plan.dispose();
	});

	it("never write to a mapped weight, even where an op could compute in place", async () => {
		const b = new Builder();
		const x = b.input("x", "float32", [EXTENT, EXTENT]);
		const weight = b.weight("w", "float32", [EXTENT, EXTENT]);
		b.output("sum", add(b, weight, x));
		b.output("both", add(b, mul(b, x, 2), mul(b, weight, x)));
		const plan = await session.engine.compile(b.build(), weightsOf({ w }));
		const input = varied([EXTENT, EXTENT]);
		for (let round = 0; round < 2; round++) {
			const expected = input.data.map((value, i) => Math.fround(value + (w.data[i] as number)));
			assertClose((await plan.run({ x: input }, ["sum"])).sum as Tensor, { shape: w.shape, data: expected });
			await plan.run({ x: input });
		}
		plan.dispose();
	});

	it("turn what TensorFlow refuses into an error", async () => {
		const b = new Builder();
		b.output("y", gather(b, b.input("x", "float32", [3]), b.input("i", "int32", [1]), 0));
		const plan = await session.engine.compile(b.build(), weightsOf({}));
		const run = plan.run({ x: varied([3]), i: int32([1], [9]) });
		await assert.rejects(
			run,
			(error) => error instanceof LaminaError && error.code === "failed" && /indices|index/.test(error.message),
		);
		plan.dispose();
	});

	it("cannot be run after they were disposed of, and can be disposed of twice", async () => {
		const plan = await compile();
		plan.dispose();
		plan.dispose();
		await assert.rejects(plan.run({ x: varied([1, EXTENT]) }), /disposed/);
	});

	it("leave no tensors behind", async () => {
		const binding = loadNative(session.library);
		const plan = await compile();
		const before = binding.getNumOfTensors();
		for (let i = 0; i < 3; i++) await plan.run({ x: varied([2, EXTENT]) });
		await assert.rejects(plan.run({ x: varied([EXTENT]) }));
		assert.equal(binding.getNumOfTensors(), before);
		plan.dispose();
	});

	it("read a mapped weight from its source once, and not again in a later session", async () => {
		const cacheDir = mkdtempSync(path.join(tmpdir(), "lamina-cache-"));
		const weights = weightsOf({ w });
		for (const reads of [1, 1]) {
			const engine = await createSessionEngine({ cacheDir, native: session.library });
			const plans: Plan[] = [
				await engine.compile(productProgram(), weights),
				await engine.compile(productProgram(), weights),
			];
			for (const plan of plans)
				assertClose((await plan.run({ x: varied([1, EXTENT]) })).y as Tensor, product(varied([1, EXTENT]), w));
			engine.dispose();
			assert.equal(weights.reads.length, reads);
		}
		rmSync(cacheDir, { recursive: true });
	});

	it("compute what depends on weights alone once, in this session and the next", async () => {
		const cacheDir = mkdtempSync(path.join(tmpdir(), "lamina-cache-"));
		const weights = weightsOf({ w });
		const b = new Builder();
		const turned = reverse(b, mul(b, b.weight("w", "float32", [EXTENT, EXTENT]), 2), [0]);
		b.output("y", add(b, matmul(b, b.input("x", "float32", [-1, EXTENT]), turned), 1));
		const program = b.build();
		const x = varied([2, EXTENT]);
		const expected = {
			shape: x.shape,
			data: product(float32(x.shape, doubledAndReversed(x)), w).data.map((value) => value + 1),
		};
		const files: number[] = [];
		for (let round = 0; round < 2; round++) {
			const engine = await createSessionEngine({ cacheDir, native: session.library });
			const plan = await engine.compile(program, weights);
			assertClose((await plan.run({ x })).y as Tensor, expected);
			engine.dispose();
			files.push(readdirSync(path.join(cacheDir, "weights")).length);
		}
		assert.deepEqual([weights.reads.length, files], [1, [2, 2]]);
		rmSync(cacheDir, { recursive: true });
	});

	it("notice a weight file that was cut short and write it again", async () => {
		const cacheDir = mkdtempSync(path.join(tmpdir(), "lamina-cache-"));
		const weights = weightsOf({ w });
		const x = varied([1, EXTENT]);
		for (const keep of [100, 0]) {
			const engine = await createSessionEngine({ cacheDir, native: session.library });
			const plan = await engine.compile(productProgram(), weights);
			assertClose((await plan.run({ x })).y as Tensor, product(x, w));
			engine.dispose();
			const [file] = readdirSync(path.join(cacheDir, "weights")) as [string];
			assert.equal(statSync(path.join(cacheDir, "weights", file)).size, EXTENT * EXTENT * 4);
			truncateSync(path.join(cacheDir, "weights", file), keep);
		}
		rmSync(cacheDir, { recursive: true });
	});

	it("refuse a weight that is not what the program was built for", async () => {
		const weights = { ...weightsOf({ w: varied([EXTENT, EXTENT - 1]) }), fingerprint: async () => "other shape" };
		await assert.rejects(session.engine.compile(productProgram(), weights), /expects float32 \[96, 96\]/);
	});

	it("leave nothing but weights in the cache when the engine is disposed of", async () => {
		const cacheDir = mkdtempSync(path.join(tmpdir(), "lamina-cache-"));
		const engine = await createSessionEngine({ cacheDir, native: session.library });
		await engine.compile(productProgram(), weightsOf({ w }));
		engine.dispose();
		assert.deepEqual(
			["leases", "plans"].flatMap((folder) => readdirSync(path.join(cacheDir, folder))),
			[],
		);
		await assert.rejects(engine.compile(productProgram(), weightsOf({ w })), /disposed/);
		rmSync(cacheDir, { recursive: true });
	});
});

function doubledAndReversed(x: Tensor): number[] {
	const data: number[] = [];
	for (let row = 0; row < (x.shape[0] as number); row++)
		for (let k = EXTENT - 1; k >= 0; k--) data.push(2 * (x.data[row * EXTENT + k] as number));
	return data;
}
