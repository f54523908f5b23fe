import assert from "node:assert/strict";
import { interpolate } from "../../../src/core/data/numbers/interpolate";
import { assertClose } from "../rules/close";

/** Made with PyTorch 2.15, `torch.nn.functional.interpolate`. */
const ENLARGED = {
	values: Array.from({ length: 6 }, (_, at) => at * at),
	from: [2, 3],
	to: [3, 5],
	nearest: [0, 0, 1, 1, 4, 0, 0, 1, 1, 4, 9, 9, 16, 16, 25],
	linear: [0, 0.4, 1, 2.8, 4, 4.5, 6.1, 8.5, 12.1, 14.5, 9, 11.8, 16, 21.4, 25],
	"linear-corners": [0, 0.5, 1, 2.5, 4, 4.5, 6.5, 8.5, 11.5, 14.5, 9, 12.5, 16, 20.5, 25],
	cubic: [
		-0.8272503, -0.773833, -0.3020835, 1.2496668, 2.4150841, 4.116, 5.620002, 8.5, 12.46, 15.076001, 9.0592499,
		12.0138359, 17.3020821, 23.6703339, 27.7369156,
	],
};
const REDUCED = {
	values: Array.from({ length: 20 }, (_, at) => (at * at) / 10),
	from: [4, 5],
	to: [3, 2],
	nearest: [0, 0.4, 2.5, 4.9, 10, 14.4],
	linear: [0.6166667, 2.0333335, 7.45, 12.2, 22.6166687, 30.7000027],
	"linear-corners": [0, 1.6, 6.25, 13.85, 22.5, 36.1],
	cubic: [0.3585598, 1.760276, 6.3601561, 11.421875, 22.8015709, 31.5232887],
};

describe("Interpolation", () => {
	for (const how of ["nearest", "linear", "linear-corners", "cubic"] as const) {
		it(`${how} equals PyTorch's, enlarging and reducing`, () => {
			for (const { values, from, to, ...expected } of [ENLARGED, REDUCED])
				assertClose(interpolate(values, from, to, how), expected[how], 1e-6);
		});
	}
	it("resizes each of several arrays by itself, along any number of axes", () => {
		const two = [...ENLARGED.values, ...ENLARGED.values.map((value) => value + 1)];
		const resized = interpolate(two, [2, 3], [3, 5], "linear");
		assertClose(
			resized.subarray(15),
			ENLARGED.linear.map((value) => value + 1),
			1e-6,
		);
		assertClose(interpolate([1, 3], [2], [4], "linear"), [1, 1.5, 2.5, 3]);
		assertClose(interpolate([1, 3], [2, 1, 1], [3, 2, 1], "linear-corners"), [1, 1, 2, 2, 3, 3]);
		assert.deepEqual([...interpolate([5], [1], [3], "linear-corners")], [5, 5, 5]);
	});
});
