import assert from "node:assert/strict";
import type { Tensor } from "../../../src/shared/tensor";
import { compute, distance, numbers } from "./compute";

/** Keras 3.15 (backend/tensorflow/nn.py), with a sort. */
function kerasSparsemax(row: number[]): number[] {
	const sorted = [...row].sort((a, c) => c - a);
	let cumulated = 0;
	let [sum, count] = [0, 0];
	for (const [index, value] of sorted.entries()) {
		cumulated += value;
		if (value - (cumulated - 1) / (index + 1) > 0) {
			sum += cumulated;
			count++;
		}
	}
	return row.map((value) => Math.max(0, value - (sum - 1) / count));
}

describe("sparsemax", () => {
	it("finds the support without sorting, ties included", async () => {
		const x: Tensor = {
			dtype: "float32",
			shape: [3, 5],
			data: Float32Array.of(1, 1, 1, 0, 0, 2, 0.5, 1.9, 2, -1, ...numbers([5]).data),
		};
		const [y] = await compute({ op: "Sparsemax", inputs: [x] });
		const rows = [0, 1, 2].flatMap((n) => kerasSparsemax([...x.data.slice(n * 5, n * 5 + 5)]));
		assert.ok(distance(y, { ...x, data: Float32Array.from(rows) }) < 1e-6);
	});

	it("is the probability simplex's nearest point where one entry stands out", async () => {
		const x: Tensor = { dtype: "float32", shape: [1, 3], data: Float32Array.of(3, 0, 0) };
		const [y] = await compute({ op: "Sparsemax", inputs: [x] });
		assert.deepEqual([...(y?.data ?? [])], [1, 0, 0]);
	});
});

describe("sorting without a sorting instruction", () => {
	it("gives the largest entries first, equal ones in their order", async () => {
		const x: Tensor = { dtype: "float32", shape: [1, 5], data: Float32Array.of(2, 5, 2, 9, -1) };
		const [values, places] = await compute({ op: "TopK", inputs: [x], attrs: { count: 4 } });
		assert.deepEqual([...(values?.data ?? [])], [9, 5, 2, 2]);
		assert.deepEqual([...(places?.data ?? [])], [3, 1, 0, 2]);
	});
});
