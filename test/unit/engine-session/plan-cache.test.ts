import assert from "node:assert/strict";
import type { Engine, Plan, WeightSource } from "../../../src/core/engine/engine";
import { PlanCache, programKey } from "../../../src/core/engine/plan-cache";
import { Builder } from "../../../src/core/program/builder";
import type { Program } from "../../../src/core/program/types";
import { add, constant } from "../../../src/core/program/vocabulary";
import { weightsOf } from "./session-under-test";

const NO_WEIGHTS: WeightSource = weightsOf({});

function adding(values: readonly number[]): Program {
	const b = new Builder();
	b.output("y", add(b, b.input("x", "float32", [-1, values.length]), constant(b, values, [values.length])));
	return b.build();
}

/** An engine that counts; a plan holds 100 bytes. */
class CountingEngine implements Engine {
	readonly id = "cpu";
	readonly title = "counting";
	compiled = 0;
	alive = 0;
	failNext = false;
	held: Promise<void> = Promise.resolve();

	async compile(program: Program): Promise<Plan> {
		this.compiled++;
		if (this.failNext) {
			this.failNext = false;
			throw new Error("no memory");
		}
		this.alive++;
		let isDisposed = false;
		return {
			program,
			run: async () => {
				assert.ok(!isDisposed, "a plan that was disposed of is run");
				await this.held;
				assert.ok(!isDisposed, "a plan was disposed of while it ran");
				return {};
			},
			dispose: () => {
				assert.ok(!isDisposed, "a plan is disposed of twice");
				isDisposed = true;
				this.alive--;
			},
		};
	}

	memory(): number {
		return this.alive * 100;
	}

	dispose(): void {}
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("plan cache", () => {
	const source = () => ({ program: adding([1]), weights: NO_WEIGHTS });

	it("compiles a key once, also when it is asked for twice at the same time", async () => {
		const engine = new CountingEngine();
		const cache = new PlanCache(engine);
		let opened = 0;
		const open = () => {
			opened++;
			return source();
		};
		await Promise.all([cache.plan("a", open), cache.plan("a", open)]);
		await cache.plan("a", open);
		assert.deepEqual([engine.compiled, opened], [1, 1]);
	});

	it("gives up the plan that was run longest ago, and compiles it again when it is run", async () => {
		const engine = new CountingEngine();
		const cache = new PlanCache(engine, { plans: 2 });
		const a = await cache.plan("a", source);
		const b = await cache.plan("b", source);
		await a.run({});
		await cache.plan("c", source);
		await settled();
		assert.equal(engine.alive, 2);
		await a.run({});
		assert.equal(engine.compiled, 3, "a was used last and stays");
		await b.run({});
		assert.equal(engine.compiled, 4, "b was given up");
	});

	it("keeps the engine's memory within its limit", async () => {
		const engine = new CountingEngine();
		const cache = new PlanCache(engine, { bytes: 250 });
		for (const key of ["a", "b", "c", "d"]) await cache.plan(key, source);
		await settled();
		assert.equal(engine.memory(), 200);
	});

	it("never gives up a plan while it runs", async () => {
		const engine = new CountingEngine();
		const cache = new PlanCache(engine, { plans: 1 });
		const a = await cache.plan("a", source);
		let release = () => {};
		engine.held = new Promise((resolve) => {
			release = resolve;
		});
		const running = a.run({});
		await settled();
		await cache.plan("b", source);
		await settled();
		release();
		await running;
		await settled();
		assert.equal(engine.alive, 1);
	});

	it("does not keep a failure", async () => {
		const engine = new CountingEngine();
		const cache = new PlanCache(engine);
		engine.failNext = true;
		await assert.rejects(cache.plan("a", source), /no memory/);
		await cache.plan("a", source);
		assert.equal(engine.compiled, 2);
	});

	it("disposes of all plans with itself", async () => {
		const engine = new CountingEngine();
		const cache = new PlanCache(engine);
		const a = await cache.plan("a", source);
		await cache.plan("b", source);
		cache.dispose();
		await settled();
		assert.equal(engine.alive, 0);
		await assert.rejects(a.run({}), /disposed/);
	});

	it("tells programs apart that differ in a constant, an output name or the weights", () => {
		const long = Array.from({ length: 100 }, (_, i) => i);
		const key = programKey(adding(long), "model");
		assert.equal(programKey(adding(long), "model"), key);
		assert.notEqual(programKey(adding([...long.slice(0, 99), 7]), "model"), key);
		assert.notEqual(programKey(adding(long), "another"), key);
		const b = new Builder();
		b.output("z", add(b, b.input("x", "float32", [-1, 100]), constant(b, long, [100])));
		assert.notEqual(programKey(b.build(), "model"), key);
	});
});
