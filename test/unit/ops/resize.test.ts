import assert from "node:assert/strict";
import { INTERPOLATIONS, resizeMatrix } from "../../../src/core/ops/spatial/resizing/resize-matrix";
import { at, compute, distance, numbers, tensor } from "./compute";

describe("interpolation matrices", () => {
	for (const method of INTERPOLATIONS) {
		for (const antialias of [false, true]) {
			it(`${method}${antialias ? ", antialiased," : ""} keeps a constant image as it is`, () => {
				for (const [extent, made] of [
					[6, 9],
					[9, 4],
					[5, 1],
					[1, 3],
				] as const) {
					const matrix = resizeMatrix(extent, made, method, antialias);
					assert.equal(matrix.length, made);
					for (const row of matrix) assert.ok(Math.abs(row.reduce((a, c) => a + c, 0) - 1) < 1e-6);
				}
			});
		}
	}

	it("bilinear samples at the centres of pixels, clamped to the image", () => {
		const ramp = [0, 1, 2, 3, 4, 5];
		const made = resizeMatrix(6, 4, "bilinear", false).map((row) =>
			row.reduce((sum, w, i) => sum + w * (ramp[i] as number), 0),
		);
		for (const [at_, value] of made.entries())
			assert.ok(Math.abs(value - Math.min(5, Math.max(0, (at_ + 0.5) * 1.5 - 0.5))) < 1e-6);
	});

	it("nearest takes the pixel under the centre", () => {
		const places = resizeMatrix(3, 7, "nearest", false).map((row) => row.indexOf(1));
		assert.deepEqual(places, [0, 0, 1, 1, 1, 2, 2]);
	});

	it("area averages what a pixel covers", () => {
		assert.deepEqual(resizeMatrix(4, 2, "area", false), [
			[0.5, 0.5, 0, 0],
			[0, 0, 0.5, 0.5],
		]);
	});

	it("bicubic goes through the pixels that it hits", () => {
		const middle = resizeMatrix(5, 15, "bicubic", false)[7] as number[];
		assert.ok(Math.abs((middle[2] as number) - 1) < 1e-6);
	});
});

describe("resizing", () => {
	it("applies one matrix an axis", async () => {
		const x = numbers([2, 3, 4, 2]);
		const [y] = await compute({ op: "Resize", inputs: [x], attrs: { size: [5, 3], interpolation: "bicubic" } });
		const [rows, columns] = [resizeMatrix(3, 5, "bicubic", false), resizeMatrix(4, 3, "bicubic", false)];
		const expected = tensor([2, 5, 3, 2], (n = 0, row = 0, column = 0, c = 0) => {
			let sum = 0;
			for (let i = 0; i < 3; i++)
				for (let j = 0; j < 4; j++) sum += (rows[row]?.[i] ?? 0) * (columns[column]?.[j] ?? 0) * at(x, n, i, j, c);
			return sum;
		});
		assert.ok(distance(y, expected) < 1e-6);
	});

	it("leaves an image of the wanted size alone, whatever the kernel", async () => {
		const x = numbers([1, 3, 4, 2]);
		const [y] = await compute({ op: "Resize", inputs: [x], attrs: { size: [3, 4], interpolation: "gaussian" } });
		assert.equal(distance(y, x), 0);
	});
});
