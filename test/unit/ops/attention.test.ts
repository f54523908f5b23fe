import assert from "node:assert/strict";
import { at, compute, distance, numbers, tensor } from "./compute";

const [N, T, S, HEADS, SIZE] = [2, 4, 5, 3, 2];

describe("attention ops", () => {
	it("scores are the products of every query with every key of the same head", async () => {
		const [query, key] = [numbers([N, T, HEADS, SIZE], 1), numbers([N, S, HEADS, SIZE], 2)];
		const [scores] = await compute({ op: "AttentionScores", inputs: [query, key] });
		const expected = tensor([N, HEADS, T, S], (n, h, t, s) => {
			let sum = 0;
			for (let i = 0; i < SIZE; i++)
				sum += at(query, n as number, t as number, h as number, i) * at(key, n as number, s as number, h as number, i);
			return sum;
		});
		assert.ok(distance(scores, expected) < 1e-6);
	});

	it("the context of a head adds its values up with the weights of the query", async () => {
		const [weights, value] = [numbers([N, HEADS, T, S], 3), numbers([N, S, HEADS, SIZE], 4)];
		const [context] = await compute({ op: "AttentionContext", inputs: [weights, value] });
		const expected = tensor([N, T, HEADS, SIZE], (n, t, h, i) => {
			let sum = 0;
			for (let s = 0; s < S; s++)
				sum +=
					at(weights, n as number, h as number, t as number, s) * at(value, n as number, s, h as number, i as number);
			return sum;
		});
		assert.ok(distance(context, expected) < 1e-6);
	});

	it("attends along any axes and holds the others", async () => {
		const [query, key] = [numbers([N, 3, T, HEADS, SIZE], 5), numbers([N, 3, S, HEADS, SIZE], 6)];
		const [held] = await compute({ op: "AttentionScores", inputs: [query, key], attrs: { axes: [2] } });
		const product = (n: number, g: number, t: number, k: number, s: number, h: number) => {
			let sum = 0;
			for (let i = 0; i < SIZE; i++) sum += at(query, n, g, t, h, i) * at(key, n, k, s, h, i);
			return sum;
		};
		const alone = tensor([N, 3, HEADS, T, S], (n, g, h, t, s) =>
			product(n as number, g as number, t as number, g as number, s as number, h as number),
		);
		assert.ok(distance(held, alone) < 1e-6);
		const [both] = await compute({ op: "AttentionScores", inputs: [query, key], attrs: { axes: [1, 2] } });
		const all = tensor([N, HEADS, 3, T, 3, S], (n, h, g, t, k, s) =>
			product(n as number, g as number, t as number, k as number, s as number, h as number),
		);
		assert.ok(distance(both, all) < 1e-6);
	});

	it("a band opens the keys that come no later and are near", async () => {
		const inputs = [numbers([N, T, 1], 7), numbers([N, S, 1], 8)];
		const [open] = await compute({ op: "AttentionBand", inputs, attrs: { causal: true, window: 2 } });
		const expected = tensor([1, T, S], (_n, t, s) =>
			Number((s as number) <= (t as number) && (t as number) - (s as number) < 2),
		);
		assert.deepEqual([...(open?.data ?? [])], [...expected.data]);
		const [near] = await compute({ op: "AttentionBand", inputs, attrs: { window: 2 } });
		assert.deepEqual(
			[...(near?.data ?? [])],
			[...tensor([1, T, S], (_n, t, s) => Number(Math.abs((t as number) - (s as number)) < 2)).data],
		);
	});
});
