import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { COMPOSITIONS } from "../../../src/core/engine/eager/compositions";
import { createEagerEngine, TFJS_VERSION } from "../../../src/core/engine/eager/engine";
import { KERNELS } from "../../../src/core/engine/eager/kernels";
import type { Engine, WeightSource } from "../../../src/core/engine/engine";
import { Builder } from "../../../src/core/program/builder";
import { PRIMITIVES } from "../../../src/core/program/primitives";
import type { Program } from "../../../src/core/program/types";
import * as v from "../../../src/core/program/vocabulary";
import { CancelledError, InvalidRequestError, LaminaError, UnreadableFileError } from "../../../src/shared/errors";
import { float32, sizeOf, type Tensor } from "../../../src/shared/tensor";

/** Weights that count how often they are read. */
class CountedWeights implements WeightSource {
	readonly reads = new Map<string, number>();
	constructor(private readonly tensors: Readonly<Record<string, Tensor>>) {}
	async read(name: string): Promise<Tensor> {
		this.reads.set(name, (this.reads.get(name) ?? 0) + 1);
		const tensor = this.tensors[name];
		if (!tensor) throw new UnreadableFileError(`there is no weight ${name}`);
		return tensor;
	}
	async fingerprint(name: string): Promise<string> {
		return name;
	}
}

const ramp = (shape: number[]) =>
	float32(
		shape,
		Array.from({ length: sizeOf(shape) }, (_, i) => (i % 7) - 3),
	);

/** relu(x W) V, W seen through a ReLU that can be prepared. */
function network(): Program {
	const b = new Builder();
	const x = b.input("x", "float32", [-1, 4]);
	const hidden = v.relu(b, v.matmul(b, x, v.relu(b, b.weight("W", "float32", [4, 5]))));
	b.output("hidden", hidden);
	b.output("y", v.matmul(b, hidden, b.weight("V", "float32", [5, 2])));
	return b.build();
}
const weights = () => new CountedWeights({ W: ramp([4, 5]), V: ramp([5, 2]) });
const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

it("every primitive has a kernel or is composed of those that have one", () => {
	for (const op of PRIMITIVES.keys()) {
		assert.ok(KERNELS[op] || COMPOSITIONS[op] || ["input", "weight", "constant"].includes(op), op);
	}
});

it("the version that is told is the one that is installed", () => {
	const { dependencies } = JSON.parse(readFileSync("package.json", "utf8"));
	assert.equal(dependencies["@tensorflow/tfjs-backend-wasm"], TFJS_VERSION);
	assert.equal(dependencies["@tensorflow/tfjs-backend-cpu"], TFJS_VERSION);
	assert.equal(dependencies["@tensorflow/tfjs-core"], TFJS_VERSION);
});

it("WASM multiplies with the same data seen as two matrices", async () => {
	const b = new Builder();
	const column = b.weight("W", "float32", [3, 1]);
	const x = b.input("x", "float32", [-1, 3]);
	const product = v.matmul(b, x, column);
	b.output("y", v.matmul(b, product, v.reshape(b, column, [1, 3])));
	const engine = await createEagerEngine("wasm");
	const plan = await engine.compile(b.build(), new CountedWeights({ W: float32([3, 1], [1, 2, 3]) }));
	const { y } = await plan.run({ x: float32([2, 3], [1, 0, 0, 0, 1, 1]) });
	assert.deepEqual([...y!.data], [1, 2, 3, 5, 10, 15]);
	plan.dispose();
});

for (const id of ["wasm", "cpu"] as const) {
	describe(`the eager engine on ${id}`, () => {
		let engine: Engine;
		before(async () => {
			engine = await createEagerEngine(id);
		});
		after(() => engine.dispose());

		it("computes all outputs, or those that are asked for", async () => {
			const plan = await engine.compile(network(), weights());
			const all = await plan.run({ x: ramp([1, 4]) });
			// x = [-3, -2, -1, 0]; relu(W) = [0 0 0 0 1; 2 3 0 0 0; 0 1 2 3 0; 0 0 0 1 2]
			assert.deepEqual([...all.hidden!.data], [0, 0, 0, 0, 0]);
			const some = await plan.run({ x: float32([1, 4], [1, 1, 1, 1]) }, ["y"]);
			assert.deepEqual(Object.keys(some), ["y"]);
			// hidden = [2 4 2 4 3]; V = [-3 -2; -1 0; 1 2; 3 -3; -2 -1]
			assert.deepEqual([...some.y!.data], [-6 - 4 + 2 + 12 - 6, -4 + 0 + 4 - 12 - 3]);
			plan.dispose();
		});

		it("takes any batch in one plan", async () => {
			const plan = await engine.compile(network(), weights());
			for (const batch of [1, 3, 2]) assert.deepEqual((await plan.run({ x: ramp([batch, 4]) })).y?.shape, [batch, 2]);
			plan.dispose();
		});

		it("reads a weight once for all plans of a model, and forgets it with the last of them", async () => {
			const source = weights();
			const before = engine.memory();
			const first = await engine.compile(network(), source);
			const second = await engine.compile(network(), source);
			assert.equal(source.reads.get("V"), 1);
			assert.ok(engine.memory() > before);
			first.dispose();
			await second.run({ x: ramp([2, 4]) });
			second.dispose();
			second.dispose();
			await settle();
			assert.equal(engine.memory(), before);
		});

		it("keeps nothing of a run", async () => {
			const plan = await engine.compile(network(), weights());
			await plan.run({ x: ramp([3, 4]) });
			const held = engine.memory();
			await plan.run({ x: ramp([64, 4]) });
			assert.equal(engine.memory(), held);
			plan.dispose();
		});

		it("does not let go of weights that a run still needs", async () => {
			const plan = await engine.compile(network(), weights());
			const running = plan.run({ x: float32([1, 4], [1, 1, 1, 1]) }, ["y"]);
			plan.dispose();
			assert.deepEqual([...(await running).y!.data], [-2, -15]);
			await assert.rejects(plan.run({ x: ramp([1, 4]) }), /disposed/);
		});

		it("answers runs side by side", async () => {
			const plan = await engine.compile(network(), weights());
			const results = await Promise.all(
				[1, 2, 3].map((batch) => plan.run({ x: float32([batch, 4], new Array(batch * 4).fill(1)) }, ["y"])),
			);
			for (const [index, { y }] of results.entries()) assert.deepEqual([...y!.data.slice(index * 2)], [-2, -15]);
			plan.dispose();
		});

		const refuses = (what: string, inputs: Record<string, Tensor>, sentence: RegExp, outputs?: string[]) =>
			it(`refuses ${what}`, async () => {
				const plan = await engine.compile(network(), weights());
				await assert.rejects(plan.run(inputs, outputs), (error) => {
					assert.ok(error instanceof InvalidRequestError, String(error));
					assert.match(error.message, sentence);
					return true;
				});
				plan.dispose();
			});
		refuses("a missing input", {}, /Input "x" is missing/);
		refuses(
			"an input that there is not",
			{ x: ramp([1, 4]), z: ramp([1]) },
			/There is no input "z"; the inputs are "x"/,
		);
		refuses("another extent", { x: ramp([2, 5]) }, /Input "x" must be float32\[N, 4\], but is float32\[2, 5\]/);
		refuses("another rank", { x: ramp([4]) }, /must be float32\[N, 4\], but is float32\[4\]/);
		refuses("another type", { x: { dtype: "int32", shape: [1, 4], data: new Int32Array(4) } }, /but is int32\[1, 4\]/);
		refuses("a batch of nothing", { x: ramp([0, 4]) }, /but is float32\[0, 4\]/);
		refuses(
			"data that does not fill its shape",
			{ x: { dtype: "float32", shape: [2, 4], data: new Float32Array(4) } },
			/must hold 8 values, but holds 4/,
		);
		refuses(
			"an output that there is not",
			{ x: ramp([1, 4]) },
			/There is no output "z"; the outputs are "hidden", "y"/,
			["z"],
		);

		it("refuses inputs with different numbers of examples", async () => {
			const b = new Builder();
			b.output("sum", v.add(b, b.input("a", "float32", [-1, 2]), b.input("b", "float32", [-1, 2])));
			const plan = await engine.compile(b.build(), weights());
			await assert.rejects(
				plan.run({ a: ramp([2, 2]), b: ramp([3, 2]) }),
				/Input "a" holds 2 examples, but "b" holds 3/,
			);
			plan.dispose();
		});

		it("refuses a weight of another shape than the program was built with, and holds nothing of it", async () => {
			const before = engine.memory();
			const wrong = new CountedWeights({ W: ramp([4, 5]), V: ramp([2, 5]) });
			await assert.rejects(
				engine.compile(network(), wrong),
				/Weight "V" must be float32\[5, 2\], but is float32\[2, 5\]/,
			);
			await assert.rejects(engine.compile(network(), new CountedWeights({ W: ramp([4, 5]) })), UnreadableFileError);
			await settle();
			assert.equal(engine.memory(), before);
		});

		it("refuses an index outside the table before it reads there", async () => {
			const b = new Builder();
			b.output("row", v.gather(b, b.weight("V", "float32", [5, 2]), b.input("i", "int32", [-1]), 0));
			const plan = await engine.compile(b.build(), weights());
			const before = engine.memory();
			await assert.rejects(
				plan.run({ i: { dtype: "int32", shape: [2], data: Int32Array.of(4, 5) } }),
				/index 5 is out of range: the table has 5 entries/,
			);
			assert.equal(engine.memory(), before);
			plan.dispose();
		});

		it("takes the same data for another matrix when it has another shape", async () => {
			const b = new Builder();
			const column = b.weight("w", "float32", [4, 1]);
			const y = v.matmul(b, b.input("x", "float32", [-1, 4]), column);
			b.output("y", y);
			b.output("outer", v.matmul(b, y, v.reshape(b, column, [1, 4])));
			const plan = await engine.compile(b.build(), new CountedWeights({ w: float32([4, 1], [1, 2, 3, 4]) }));
			for (let run = 0; run < 2; run++) {
				const { y: sum, outer } = await plan.run({ x: float32([2, 4], [1, 1, 1, 1, 0, 0, 0, 1]) });
				assert.deepEqual([...sum!.data], [10, 4]);
				assert.deepEqual([...outer!.data], [10, 20, 30, 40, 4, 8, 12, 16]);
			}
			plan.dispose();
		});

		it("lets others have their turn in a long program, and stops when it is told", async () => {
			const b = new Builder();
			let x = b.input("x", "float32", [-1, 100_000]);
			for (let i = 0; i < 400; i++) x = v.unary(b, i % 2 === 0 ? "sin" : "atan", x);
			b.output("y", x);
			const plan = await engine.compile(b.build(), weights());
			const before = engine.memory();
			const stop = new AbortController();
			setTimeout(() => stop.abort(), 1);
			await assert.rejects(plan.run({ x: ramp([1, 100_000]) }, undefined, stop.signal), CancelledError);
			assert.equal(engine.memory(), before);
			plan.dispose();
		});

		it("refuses to compile once it is disposed of", async () => {
			const other = await createEagerEngine(id);
			other.dispose();
			await assert.rejects(other.compile(network(), weights()), /disposed/);
		});
	});
}

describe("engines side by side", () => {
	it("wasm and cpu run interleaved", async () => {
		const engines = await Promise.all([createEagerEngine("wasm"), createEagerEngine("cpu")]);
		const plans = await Promise.all(engines.map((engine) => engine.compile(network(), weights())));
		const x = float32([1, 4], [1, 1, 1, 1]);
		const results = await Promise.all([...plans, ...plans].map((plan) => plan.run({ x }, ["y"])));
		for (const { y } of results) assert.deepEqual([...y!.data], [-2, -15]);
		for (const engine of engines) engine.dispose();
	});

	it("wasm says so instead of running out of memory", async () => {
		const engine = await createEagerEngine("wasm");
		const b = new Builder();
		b.output("y", v.sum(b, v.exp(b, v.broadcastTo(b, b.input("x", "float32", [-1, 1]), [-1, 1_000_000])), [1]));
		const plan = await engine.compile(b.build(), weights());
		await assert.rejects(
			plan.run({ x: ramp([4000, 1]) }),
			(error) =>
				error instanceof LaminaError &&
				/A batch of 4000 needs about .* GiB/.test(error.message) &&
				/smaller batch/.test(error.hint ?? ""),
		);
		assert.deepEqual((await plan.run({ x: float32([1, 1], [0]) })).y?.data, Float32Array.of(1_000_000));
		engine.dispose();
	});
});
