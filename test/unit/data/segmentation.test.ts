import assert from "node:assert/strict";
import { gridSegments } from "../../../src/core/data/segmentation/grid";
import { slic } from "../../../src/core/data/segmentation/slic";
import { fixture } from "./fixtures";

interface SlicCase {
	readonly size: readonly [number, number, number];
	readonly n_segments: number;
	readonly compactness: number;
	readonly labels: string;
}

/** The picture that `segments` in fixtures/make.py makes. */
function picture(width: number, height: number, channels: number): Float64Array {
	const data = new Float64Array(width * height * channels);
	for (let at = 0; at < data.length; at++) {
		const [channel, pixel] = [at % channels, Math.floor(at / channels)];
		const [x, y] = [pixel % width, Math.floor(pixel / width)];
		data[at] = (Math.floor(x / 5) * 67 + Math.floor(y / 4) * 41 * (channel + 1) + 3 * x) % 200;
	}
	return data;
}

describe("SLIC superpixels", () => {
	for (const { size, n_segments, compactness, labels } of fixture<{ slic: SlicCase[] }>("segments.json").slic) {
		it(`are scikit-image's on ${size.join(" x ")}, ${n_segments} asked for, compactness ${compactness}`, () => {
			const [width, height, channels] = size;
			const expected = labels.split(" ").map(Number);
			assert.ok(new Set(expected).size > 3, "a case that can fail");
			const found = slic(
				{ width, height, channels, data: picture(width, height, channels) },
				{ nSegments: n_segments, compactness },
			);
			assert.deepEqual(Array.from(found), expected);
		});
	}
});

describe("A grid", () => {
	it("cuts axes into cells that differ by at most one element", () => {
		assert.deepEqual(Array.from(gridSegments([3, 5], [2, 3])), [0, 0, 1, 1, 2, 0, 0, 1, 1, 2, 3, 3, 4, 4, 5]);
		for (let extent = 1; extent < 40; extent++) {
			const segments = Array.from(gridSegments([extent], [8]));
			const sizes = [...new Set(segments)].map((cell) => segments.filter((one) => one === cell).length);
			assert.equal(sizes.length, Math.min(8, extent));
			assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
		}
	});
});
