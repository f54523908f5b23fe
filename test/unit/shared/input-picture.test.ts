import assert from "node:assert/strict";
import { preprocess } from "../../../src/core/data/preprocess";
import { drawFigure } from "../../../src/core/render/figure";
import { rasterOf } from "../../../src/core/render/overlay";
import { inputPicture } from "../../../src/shared/input-picture";
import { PREPROCESS_PRESETS, type PreprocessSpec } from "../../../src/shared/preprocess";
import type { ExplanationResult } from "../../../src/shared/result";
import { float32 } from "../../../src/shared/tensor";
import { show } from "../../../webview/explain/display";

const image = {
	width: 5,
	height: 4,
	channels: 3 as const,
	data: Uint8Array.from({ length: 60 }, (_, at) => (at * 67) % 256),
};

describe("The picture of an input", () => {
	for (const [name, spec] of Object.entries<PreprocessSpec>({
		...PREPROCESS_PRESETS,
		inverted: { ...PREPROCESS_PRESETS.unit, invert: true },
		gray: { channels: "gray", scale: 1 / 255, mean: [0.1307], std: [0.3081] },
	})) {
		for (const order of ["last", "first"] as const) {
			it(`is what the network was given, by ${name} and channels ${order}`, () => {
				const channels = spec.channels === "gray" ? 1 : 3;
				const shape = order === "last" ? [null, 4, 5, channels] : [null, channels, 4, 5];
				const { tensor, picture, spec: whole } = preprocess(image, spec, shape, "float32", "image");
				const made = inputPicture({ tensor, channelAxis: order === "last" ? 3 : 1 }, 0, whole);
				assert.deepEqual([made?.width, made?.height], [5, 4]);
				assert.deepEqual([...made!.rgba], [...rasterOf(picture).rgba]);
			});
		}
	}
	it("goes from the smallest value to the largest where the preprocessing is not known", () => {
		const map = { tensor: float32([2, 1, 3], [0, 0, 0, -1, 1, 3]), channelAxis: -1 };
		assert.deepEqual(
			[...inputPicture(map, 1, undefined)!.rgba].filter((_, at) => at % 4 === 0),
			[0, 128, 255],
		);
		assert.deepEqual(
			[...inputPicture(map, 0, undefined)!.rgba].filter((_, at) => at % 4 === 0),
			[0, 0, 0],
		);
	});
	it("is none of a vector, a sequence of features or many channels", () => {
		assert.equal(inputPicture({ tensor: float32([1, 4], [1, 2, 3, 4]), channelAxis: 1 }, 0, undefined), undefined);
		assert.equal(
			inputPicture({ tensor: float32([1, 2, 2, 5], new Array(20).fill(1)), channelAxis: 3 }, 0, undefined),
			undefined,
		);
		assert.equal(
			inputPicture({ tensor: float32([1, 2, 2, 2, 1], new Array(8).fill(1)), channelAxis: 4 }, 0, undefined),
			undefined,
		);
	});
});

describe("A result that is an edited input", () => {
	const { tensor, picture, spec } = preprocess(image, PREPROCESS_PRESETS.unit, [null, 4, 5, 3], "float32", "image");
	const result: ExplanationResult = {
		maps: [{ at: "x", tensor, channelAxis: 3 }],
		quantity: "input",
		provenance: {
			method: "erase",
			parameters: {},
			model: "m",
			engine: "cpu",
			preprocess: spec,
			passes: [],
			milliseconds: 1,
			version: "0",
		},
		progress: 1,
	};
	it("is shown as its picture in the editor", () => {
		const options = {
			colours: undefined,
			channels: "sum",
			percent: 99,
			opacity: 0.8,
			blend: "over",
			picture: undefined,
		} as const;
		const shown = show(result, options);
		assert.deepEqual([...shown!.edited!.rgba], [...rasterOf(picture).rgba]);
		assert.equal(show({ ...result, quantity: "signed" }, options)!.edited, undefined);
	});
	it("is drawn beside what it was, without a colour bar", () => {
		const black = { ...picture, data: new Uint8Array(60) };
		const figure = drawFigure(result, { caption: [], pictures: { x: [black] } });
		const times = Math.floor(448 / 5 / 1.5);
		const at = (x: number, y: number) => [
			...figure.rgba.subarray((y * figure.width + x) * 4, (y * figure.width + x) * 4 + 3),
		];
		// A margin of 8, and lines of 1 around and between the two.
		assert.deepEqual(at(9, 9), [0, 0, 0]);
		assert.deepEqual(at(9 + 5 * times + 1, 9), [...picture.data.subarray(0, 3)]);
		assert.equal(figure.height, 8 + (4 * times + 2) + 8);
	});
});
