import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { interpolateBilinear, resize } from "../../../src/core/data/resize";
import type { ResizeMode } from "../../../src/shared/preprocess";
import { fixture } from "./fixtures";

type Size = [width: number, height: number];
type Case = { from: Size; to: Size; channels: number } & Record<"nearest" | "lanczos" | "bilinear" | "bicubic", string>;

const reference = fixture<{ by: string; cases: Case[] }>("resize.json");

/** As in make.py. */
function pattern(width: number, height: number, channels: number): Uint8Array {
	return Uint8Array.from({ length: width * height * channels }, (_, i) => {
		const c = i % channels;
		const x = Math.floor(i / channels) % width;
		const y = Math.floor(i / channels / width);
		return (x * 37 + y * 59 + c * 83 + x * y * (c + 1)) % 256;
	});
}

describe("resampling", () => {
	for (const mode of ["nearest", "bilinear", "bicubic", "lanczos"] as const) {
		it(`${mode} equals ${reference.by} in every sample of ${reference.cases.length} sizes`, () => {
			for (const { from, to, channels, ...expected } of reference.cases) {
				const image = { width: from[0], height: from[1], channels, data: pattern(...from, channels) };
				const { data } = resize(image, to[0], to[1], mode);
				assert.equal(
					createHash("md5").update(data).digest("hex"),
					expected[mode],
					`${from} to ${to}, ${channels} channels`,
				);
			}
		});
	}

	it("tf-bilinear takes the four nearest pixels only and does not round", () => {
		// tf.image.resize of a row 0, 10, 20, 30 to 2 columns: centres 0.5 and 2.5 of the source.
		const { data } = resize(
			{ width: 4, height: 1, channels: 1, data: Uint8Array.of(0, 10, 20, 30) },
			2,
			1,
			"tf-bilinear",
		);
		assert.deepEqual([...data], [5, 25]);
	});

	it("enlarges between the centres of pixels, and repeats beyond the outer ones", () => {
		const { data } = interpolateBilinear({ width: 2, height: 1, channels: 1, data: Float32Array.of(0, 1) }, 8, 1);
		assert.deepEqual([...data], [0, 0, 0.125, 0.375, 0.625, 0.875, 1, 1]);
	});

	it("leaves a picture of the right size as it is", () => {
		const image = { width: 3, height: 2, channels: 1, data: pattern(3, 2, 1) };
		for (const mode of ["nearest", "bilinear", "bicubic", "lanczos", "tf-bilinear"] satisfies ResizeMode[]) {
			assert.deepEqual([...resize(image, 3, 2, mode).data], [...image.data], mode);
		}
	});
});
