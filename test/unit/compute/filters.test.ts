import assert from "node:assert/strict";
import { filterSet } from "../../../src/compute/views/filters";
import { float32 } from "../../../src/shared/tensor";

describe("kernels as pictures", () => {
	const counted = (...shape: number[]) =>
		float32(
			shape,
			Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i),
		);

	it("of a transposed convolution belong to its outputs, which its file keeps before its inputs", () => {
		const { shape, data } = filterSet("up", counted(2, 3, 4, 5), "HWOI", 0, 99);
		assert.deepEqual(shape, [4, 2, 3, 5]);
		// Unit 2, row 1, column 0, input 3.
		assert.equal(data[((2 * 2 + 1) * 3 + 0) * 5 + 3], ((1 * 3 + 0) * 4 + 2) * 5 + 3);
	});

	it("along one axis are one row high", () => {
		assert.deepEqual(filterSet("up", counted(3, 4, 5), "WOI", 0, 99).shape, [4, 1, 3, 5]);
		assert.deepEqual(filterSet("conv", counted(3, 4, 5), "WIO", 0, 99).shape, [5, 1, 3, 4]);
		const { shape, data } = filterSet("depthwise", counted(3, 4, 2), "WIM", 0, 99);
		assert.deepEqual(shape, [8, 1, 3, 1]);
		// Output 1 of channel 3, column 2.
		assert.equal(data[(3 * 2 + 1) * 3 + 2], (2 * 4 + 3) * 2 + 1);
	});

	it("with a depth lie depth over height", () => {
		const { shape, data } = filterSet("up", counted(2, 3, 2, 4, 5), "DHWOI", 0, 99);
		assert.deepEqual(shape, [4, 6, 2, 5]);
		// Unit 1, depth 1, row 2, column 1, input 4.
		assert.equal(data[((1 * 6 + (1 * 3 + 2)) * 2 + 1) * 5 + 4], (((1 * 3 + 2) * 2 + 1) * 4 + 1) * 5 + 4);
	});
});
