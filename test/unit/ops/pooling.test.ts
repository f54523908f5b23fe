import assert from "node:assert/strict";
import { adaptiveBins } from "../../../src/core/ops/spatial/pooling/adaptive-pooling";
import { at, compute, distance, numbers, tensor } from "./compute";

const CLOSE = 1e-6;

describe("average pooling", () => {
	it("counts only the cells inside the map at the borders of a padded one", async () => {
		const x = numbers([2, 5, 5, 3]);
		const [y] = await compute({
			op: "AvgPool",
			inputs: [x],
			attrs: { window: [3, 3], strides: [2, 2], padding: "same" },
		});
		const expected = tensor([2, 3, 3, 3], (n = 0, row = 0, column = 0, c = 0) => {
			let [sum, count] = [0, 0];
			for (let i = row * 2 - 1; i <= row * 2 + 1; i++)
				for (let j = column * 2 - 1; j <= column * 2 + 1; j++)
					if (i >= 0 && j >= 0 && i < 5 && j < 5) {
						sum += at(x, n, i, j, c);
						count++;
					}
			return sum / count;
		});
		assert.ok(distance(y, expected) < CLOSE);
	});

	it("leaves masked steps out of a sequence's mean", async () => {
		const x = numbers([1, 3, 2]);
		const mask = { dtype: "bool", shape: [1, 3], data: Uint8Array.of(1, 0, 1) } as const;
		const [y] = await compute({ op: "MaskedMean", inputs: [x, mask], attrs: { axis: 1 } });
		assert.ok(
			distance(
				y,
				tensor([1, 2], (_n = 0, c = 0) => (at(x, 0, 0, c) + at(x, 0, 2, c)) / 2),
			) < CLOSE,
		);
	});
});

describe("adaptive pooling", () => {
	it("covers every cell, with bins that overlap where sizes do not divide", () => {
		assert.deepEqual(adaptiveBins(7, 3), [
			[0, 3],
			[2, 5],
			[4, 7],
		]);
		assert.deepEqual(adaptiveBins(2, 3), [
			[0, 1],
			[0, 2],
			[1, 2],
		]);
		assert.deepEqual(adaptiveBins(6, 3), [
			[0, 2],
			[2, 4],
			[4, 6],
		]);
	});

	for (const [op, start, join] of [
		["AdaptiveAvgPool", 0, (a: number, c: number, count: number) => a + c / count],
		["AdaptiveMaxPool", Number.NEGATIVE_INFINITY, (a: number, c: number) => Math.max(a, c)],
	] as const) {
		it(`joins the cells of each bin: ${op}`, async () => {
			const x = numbers([2, 7, 5, 3]);
			const [y] = await compute({ op, inputs: [x], attrs: { outputSize: [3, 4] } });
			const expected = tensor([2, 3, 4, 3], (n = 0, row = 0, column = 0, c = 0) => {
				const [top, bottom] = [Math.floor((row * 7) / 3), Math.ceil(((row + 1) * 7) / 3)];
				const [left, right] = [Math.floor((column * 5) / 4), Math.ceil(((column + 1) * 5) / 4)];
				let value: number = start;
				for (let i = top; i < bottom; i++)
					for (let j = left; j < right; j++) value = join(value, at(x, n, i, j, c), (bottom - top) * (right - left));
				return value;
			});
			assert.ok(distance(y, expected) < CLOSE);
		});
	}
});
