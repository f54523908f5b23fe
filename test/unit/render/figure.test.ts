import assert from "node:assert/strict";
import { decodeImage } from "../../../src/core/data/image/decode";
import { colourBar, drawFigure, shortNumber } from "../../../src/core/render/figure";
import { tile } from "../../../src/core/render/grid";
import { flatMaps, kernelMaps, upsample } from "../../../src/core/render/maps";
import { overlay } from "../../../src/core/render/overlay";
import { encodePng } from "../../../src/core/render/png";
import { blank, magnify, type Raster } from "../../../src/core/render/raster";
import { colormap } from "../../../src/shared/colormap";
import type { ExplanationResult } from "../../../src/shared/result";
import { float32 } from "../../../src/shared/tensor";

const pixel = (raster: Raster, x: number, y: number) => [
	...raster.rgba.subarray((y * raster.width + x) * 4, (y * raster.width + x) * 4 + 3),
];

function result(shape: number[], values: number[], channelAxis: number): ExplanationResult {
	return {
		maps: [{ at: "x", tensor: float32(shape, values), channelAxis }],
		quantity: "signed",
		provenance: {
			method: "saliency",
			parameters: {},
			model: "m",
			engine: "cpu",
			passes: [],
			milliseconds: 1,
			version: "0",
		},
		progress: 1,
	};
}

describe("maps of a result", () => {
	const map = { at: "x", tensor: float32([2, 1, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]), channelAxis: 3 };

	it("are one for every channel, of the example that is asked for", () => {
		assert.deepEqual(
			flatMaps(map, 1, "each").map(({ values }) => [...values]),
			[
				[7, 10],
				[8, 11],
				[9, 12],
			],
		);
	});

	it("keep the sum when channels are joined", () => {
		assert.deepEqual(
			flatMaps(map, 0, "sum").map(({ values }) => [...values]),
			[[6, 15]],
		);
	});

	it("find the channels of a model whose channels come first", () => {
		const first = { at: "x", tensor: float32([1, 2, 1, 2], [1, 2, 3, 4]), channelAxis: 1 };
		assert.deepEqual(
			flatMaps(first, 0, "each").map(({ values }) => [...values]),
			[
				[1, 2],
				[3, 4],
			],
		);
	});

	it("lay neurons out in rows", () => {
		const neurons = { at: "x", tensor: float32([1, 5], [1, 2, 3, 4, 5]), channelAxis: 1 };
		const [flat] = flatMaps(neurons, 0, "sum");
		assert.deepEqual([flat!.width, flat!.height, ...flat!.values], [3, 2, 1, 2, 3, 4, 5, Number.NaN]);
	});

	it("of kernels are one for every input of every output", () => {
		const kernels = float32([1, 2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]);
		assert.deepEqual(
			kernelMaps(kernels).map(({ values }) => [...values]),
			[
				[1, 5],
				[3, 7],
				[2, 6],
				[4, 8],
			],
		);
		const [matrix] = kernelMaps(float32([1, 1, 2, 3], [1, 2, 3, 4, 5, 6]));
		assert.deepEqual([matrix!.height, matrix!.width, ...matrix!.values], [2, 3, 1, 2, 3, 4, 5, 6]);
	});

	it("are enlarged between the centres of cells", () => {
		const { values } = upsample({ width: 2, height: 1, values: Float32Array.of(0, 1) }, 4, 1);
		assert.deepEqual([...values], [0, 0.25, 0.75, 1]);
	});
});

describe("figures", () => {
	it("are PNG files that carry where the numbers are from", async () => {
		const raster = blank(5, 4, [10, 20, 30]);
		raster.rgba.set([200, 100, 50, 255], 4);
		const file = encodePng(raster, { lamina: '{"unit": "Größe"}' });
		const image = await decodeImage(file, "png");
		assert.deepEqual([image.width, image.height, image.channels], [5, 4, 3]);
		assert.deepEqual([...image.data.subarray(0, 6)], [10, 20, 30, 200, 100, 50]);
		assert.ok(Buffer.from(file).includes(Buffer.from('iTXtlamina\0\0\0\0\0{"unit": "Größe"}')));
	});

	it("show all maps on one scale with zero in the middle", () => {
		const figure = drawFigure(result([2, 1, 1, 1], [-1, 4], 3), { caption: [], pictures: {} });
		const { table } = colormap("diverging");
		const colours = new Set(
			Array.from({ length: figure.width * figure.height }, (_, i) =>
				[...figure.rgba.subarray(i * 4, i * 4 + 3)].join(),
			),
		);
		assert.ok(colours.has([...table.subarray(255 * 3, 255 * 3 + 3)].join()), "+4 takes the last colour");
		const quarter = Math.round(0.375 * 255) * 3;
		assert.ok(
			colours.has([...table.subarray(quarter, quarter + 3)].join()),
			"-1 of 4 takes the colour at three eighths",
		);
	});

	it("have a colour bar from the lowest to the highest colour", () => {
		const bar = colourBar(colormap("viridis"), { low: 0, high: 2 }, 100);
		assert.deepEqual(pixel(bar, 0, 0), [68, 1, 84]);
		assert.deepEqual(pixel(bar, 99, 0), [253, 231, 36]);
	});

	it("write numbers short", () => {
		assert.deepEqual([0, 0.5, -1234.5, 1e-7, 123456].map(shortNumber), ["0", "0.5", "-1230", "1.00e-7", "1.23e+5"]);
	});

	it("place tiles in rows with gaps", () => {
		const grid = tile([blank(2, 2, [1, 1, 1]), blank(2, 2, [2, 2, 2]), blank(1, 1, [3, 3, 3])], {
			columns: 2,
			gap: 1,
			magnification: 1,
			background: [9, 9, 9],
		});
		assert.deepEqual([grid.width, grid.height], [7, 7]);
		assert.deepEqual(
			[pixel(grid, 0, 0)[0], pixel(grid, 1, 1)[0], pixel(grid, 4, 1)[0], pixel(grid, 1, 4)[0], pixel(grid, 2, 4)[0]],
			[9, 1, 2, 3, 9],
		);
	});

	it("magnify pixels to squares", () => {
		const two = blank(2, 1, [1, 2, 3]);
		two.rgba.set([7, 8, 9, 255], 4);
		const large = magnify(two, 3);
		assert.deepEqual([large.width, large.height, pixel(large, 2, 2), pixel(large, 3, 0)], [6, 3, [1, 2, 3], [7, 8, 9]]);
	});

	it("blend a map over the gray of its picture", () => {
		const picture = { width: 1, height: 1, channels: 3, data: Uint8Array.of(255, 0, 0) };
		const map = { width: 1, height: 1, values: Float32Array.of(1) };
		const only = (opacity: number) =>
			pixel(overlay(picture, map, { low: 0, high: 1 }, colormap("gray"), opacity), 0, 0);
		assert.deepEqual(only(1), [255, 255, 255]);
		assert.deepEqual(only(0), [76, 76, 76]);
	});
});
