import assert from "node:assert/strict";
import { Random } from "../../../src/core/data/numbers/random";

describe("random numbers", () => {
	it("are the same for the same seed, and others for another", () => {
		const draw = (seed: number) =>
			Array.from(
				{ length: 8 },
				(
					(random) => () =>
						random.bits()
				)(new Random(seed)),
			);
		assert.deepEqual(draw(7), draw(7));
		assert.notDeepEqual(draw(7), draw(8));
	});

	it("follow xoshiro128** as its authors publish it", () => {
		// The reference C code, stepped here in 64-bit integers from the state that the seed gives.
		const random = new Random(42);
		const state = Array.from((random as unknown as { state: Uint32Array }).state, BigInt);
		const mask = 0xffffffffn;
		const rotate = (x: bigint, k: bigint) => ((x << k) | (x >> (32n - k))) & mask;
		for (let i = 0; i < 1000; i++) {
			const [s0, s1, s2, s3] = state as [bigint, bigint, bigint, bigint];
			const expected = (rotate((s1 * 5n) & mask, 7n) * 9n) & mask;
			assert.equal(BigInt(random.bits()), expected, `number ${i}`);
			const t = (s1 << 9n) & mask;
			const [m2, m3] = [s2 ^ s0, s3 ^ s1];
			state.splice(0, 4, s0 ^ m3, s1 ^ m2, m2 ^ t, rotate(m3, 11n));
		}
	});

	it("are uniform and normal within four standard errors of 100,000 draws", () => {
		const random = new Random(1);
		const count = 100_000;
		const moments = (draw: () => number) => {
			let [sum, squares] = [0, 0];
			for (let i = 0; i < count; i++) {
				const value = draw();
				sum += value;
				squares += value * value;
			}
			return { mean: sum / count, square: squares / count };
		};
		const uniform = moments(() => random.uniform());
		assert.ok(Math.abs(uniform.mean - 0.5) < 4 * Math.sqrt(1 / 12 / count));
		assert.ok(Math.abs(uniform.square - 1 / 3) < 4 * Math.sqrt(4 / 45 / count));
		const normal = moments(() => random.gaussian());
		assert.ok(Math.abs(normal.mean) < 4 / Math.sqrt(count));
		assert.ok(Math.abs(normal.square - 1) < 4 * Math.sqrt(2 / count));
	});

	it("are normal in every part of the distribution, the tails too", () => {
		const random = new Random(9);
		const count = 2_000_000;
		const edges = [-4, -3.442619855899, -3, -2, -1, -0.1, 0, 0.1, 1, 2, 3, 3.442619855899, 4];
		const below = edges.map(() => 0);
		for (let i = 0; i < count; i++) {
			const value = random.gaussian();
			for (const [at, edge] of edges.entries()) if (value < edge) below[at]!++;
		}
		for (const [at, edge] of edges.entries()) {
			const probability = normalBelow(edge);
			const error = Math.sqrt((probability * (1 - probability)) / count);
			assert.ok(Math.abs(below[at]! / count - probability) < 4.5 * error, `below ${edge}: ${below[at]! / count}`);
		}
	});

	it("shuffle without losing anything", () => {
		const items = Array.from({ length: 100 }, (_, i) => i);
		const shuffled = new Random(3).shuffle([...items]);
		assert.notDeepEqual(shuffled, items);
		assert.deepEqual(
			shuffled.sort((a, b) => a - b),
			items,
		);
	});
});

/** The share of a normal distribution below a value: the density summed over 100,000 slices from 0. */
function normalBelow(edge: number): number {
	const slices = 100_000;
	let sum = 0;
	for (let i = 0; i < slices; i++) sum += Math.exp(-0.5 * ((edge * (i + 0.5)) / slices) ** 2);
	return 0.5 + (sum * edge) / slices / Math.sqrt(2 * Math.PI);
}
