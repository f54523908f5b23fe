import assert from "node:assert/strict";
import { colormap } from "../../../src/shared/colormap";
import { flatMap } from "../../../webview/explain/flat";
import { fittingSize } from "../../../webview/pictures/fitting";
import { paintMap, paintOverlay, squareUp } from "../../../webview/pictures/painting";
import { enlarge, resample } from "../../../webview/pictures/resample";

describe("maps at another size", () => {
	it("keep their numbers at their own size and their constants at any", () => {
		const values = Float32Array.from([1, 2, 3, 4, 5, 6]);
		assert.deepEqual(resample(values, 3, 2, 3, 2), values);
		assert.ok(resample(new Float32Array(9).fill(0.5), 3, 3, 7, 5).every((value) => value === 0.5));
	});

	it("have their pixels' centres where they were", () => {
		// Two cells over four: centres of the new ones lie at -0.25, 0.25, 0.75 and 1.25 of the old.
		assert.deepEqual([...resample([0, 4], 2, 1, 4, 1)], [0, 1, 3, 4]);
	});

	it("of pictures repeat pixels and invent no colours", () => {
		const picture = { width: 2, height: 1, rgba: Uint8Array.from([255, 0, 0, 255, 0, 0, 255, 255]) };
		const large = enlarge(picture, 4, 2);
		assert.deepEqual([...large.rgba.subarray(0, 16)], [255, 0, 0, 255, 255, 0, 0, 255, 0, 0, 255, 255, 0, 0, 255, 255]);
	});
});

describe("painting", () => {
	const gray = colormap("gray");

	it("leaves what only fills the last row transparent", () => {
		const map = squareUp(Float32Array.from([0, 1, 0.5]));
		assert.deepEqual([map.width, map.height], [2, 2]);
		const { rgba } = paintMap(map, { low: 0, high: 1 }, gray);
		assert.deepEqual([rgba[3], rgba[7], rgba[11], rgba[15]], [255, 255, 255, 0]);
	});

	it("mixes map and picture by opacity", () => {
		const picture = { width: 1, height: 1, rgba: Uint8Array.from([200, 200, 200, 255]) };
		const map = { width: 1, height: 1, values: Float32Array.from([0]) };
		const at = (opacity: number) => paintOverlay(map, picture, { low: 0, high: 1 }, gray, opacity, "over").rgba[0];
		assert.deepEqual([at(0), at(0.5), at(1)], [200, 100, 0]);
	});

	it("lets the picture through where values are near zero, by strength", () => {
		const picture = { width: 2, height: 1, rgba: Uint8Array.from([9, 9, 9, 255, 9, 9, 9, 255]) };
		const map = { width: 2, height: 1, values: Float32Array.from([0, 1]) };
		const { rgba } = paintOverlay(map, picture, { low: 0, high: 1 }, gray, 1, "strength");
		assert.deepEqual([rgba[0], rgba[4]], [9, 255]);
	});

	it("interpolates a map that is coarser than the picture", () => {
		const picture = { width: 8, height: 8, rgba: new Uint8Array(8 * 8 * 4).fill(255) };
		const map = { width: 2, height: 2, values: Float32Array.from([0, 1, 0, 1]) };
		const { width, rgba } = paintOverlay(map, picture, { low: 0, high: 1 }, gray, 1, "over");
		assert.ok(width >= 336 && width % 8 === 0);
		const row = Array.from({ length: width }, (_, x) => rgba[x * 4]!);
		assert.ok(row.every((value, x) => x === 0 || value >= row[x - 1]!));
		assert.ok(new Set(row).size > 50);
	});
});

describe("the channels of a map", () => {
	const tensor = (shape: number[], data: number[]) => ({
		dtype: "float32" as const,
		shape,
		data: Float32Array.from(data),
	});

	it("are summed, sign kept, or give their strongest, wherever their axis is", () => {
		const last = { at: "input", channelAxis: 3, tensor: tensor([1, 1, 2, 2], [1, -3, 2, 2]) };
		const first = { at: "input", channelAxis: 1, tensor: tensor([1, 2, 1, 2], [1, 2, -3, 2]) };
		for (const map of [last, first]) {
			assert.deepEqual([...flatMap(map, "sum").values], [-2, 4]);
			assert.deepEqual([...flatMap(map, "absmax").values], [3, 2]);
			assert.deepEqual([flatMap(map, "sum").width, flatMap(map, "sum").height], [2, 1]);
		}
	});

	it("of the first example only", () => {
		const batch = { at: "input", channelAxis: -1, tensor: tensor([2, 1, 2], [1, 2, 3, 4]) };
		assert.deepEqual([...flatMap(batch, "sum").values], [1, 2]);
	});
});

describe("the size of tiles", () => {
	it("is the largest with which all fit, and not below the smallest", () => {
		assert.equal(fittingSize(4, 1, 1000, 600), 144);
		const size = fittingSize(64, 1, 1000, 600);
		const columns = Math.floor(1000 / (size + 8));
		assert.ok(Math.ceil(64 / columns) * (size + 25) <= 600, `${size}`);
		assert.equal(fittingSize(2048, 1, 1000, 600), 64);
		assert.equal(fittingSize(8, 1, 0, 600), 64);
	});
});
