import assert from "node:assert/strict";
import { sobolSequence } from "../../../src/core/data/numbers/sobol";
import { fixture } from "./fixtures";

describe("Sobol's sequence", () => {
	it("is SciPy's, in low and in high dimensions", () => {
		const { dims, points } = fixture<{ dims: number[]; points: number[][] }>("sobol.json");
		const sequence = sobolSequence(256);
		for (const expected of points) {
			const point = sequence.next().value as Float64Array;
			assert.deepEqual(
				dims.map((dimension) => point[dimension]! * 64),
				expected,
			);
		}
	});
	it("puts one of 2^n points into each of 2^n slices of every dimension", () => {
		const sequence = sobolSequence(200);
		const points = Array.from({ length: 128 }, () => sequence.next().value as Float64Array);
		for (let dimension = 0; dimension < 200; dimension++)
			assert.equal(new Set(points.map((point) => Math.floor(point[dimension]! * 128))).size, 128, `${dimension}`);
	});
});
