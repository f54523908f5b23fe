import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { decodeImage } from "../../../src/core/data/image/decode";
import type { Image } from "../../../src/core/data/image/image";
import { pictureLayout, preprocess } from "../../../src/core/data/preprocess";
import { parsePreprocess, readPreprocess } from "../../../src/core/data/preprocess-spec";
import { PREPROCESS_PRESETS } from "../../../src/shared/preprocess";
import { fixture } from "./fixtures";

const colour = (width: number, height: number, ...data: number[]): Image => ({
	width,
	height,
	channels: 3,
	data: Uint8Array.from(data),
});
const onePixel = colour(1, 1, 10, 20, 30);
const run = (image: Image, spec: Parameters<typeof preprocess>[1], shape: (number | null)[]) =>
	preprocess(image, spec, shape, "float32", "x");

describe("preprocessing", () => {
	it("computes the presets as the libraries they are named after", () => {
		const f = Math.fround;
		const expected = {
			raw: [10, 20, 30],
			unit: [10 / 255, 20 / 255, 30 / 255],
			signed: [10 / 127.5 - 1, 20 / 127.5 - 1, 30 / 127.5 - 1],
			"imagenet-torch": [(10 / 255 - 0.485) / 0.229, (20 / 255 - 0.456) / 0.224, (30 / 255 - 0.406) / 0.225],
			"imagenet-caffe": [30 - 103.939, 20 - 116.779, 10 - 123.68],
		};
		for (const [name, values] of Object.entries(expected)) {
			const { tensor } = run(onePixel, PREPROCESS_PRESETS[name as keyof typeof expected], [null, 1, 1, 3]);
			for (const [i, value] of values.entries()) {
				assert.ok(
					Math.abs(tensor.data[i]! - value) <= 3e-7 * Math.max(1, Math.abs(value)),
					`${name}: ${tensor.data[i]} for ${f(value)}`,
				);
			}
		}
	});

	it("divides by 255 to the last bit of float32", () => {
		const ramp = colour(256, 1, ...Array.from({ length: 768 }, (_, i) => Math.floor(i / 3)));
		const { tensor } = run(ramp, PREPROCESS_PRESETS.unit, [null, 1, 256, 3]);
		assert.deepEqual(
			[...tensor.data],
			Array.from({ length: 768 }, (_, i) => Math.fround(Math.floor(i / 3) / 255)),
		);
	});

	it("makes gray as Pillow's L", async () => {
		const reference = fixture<{ cases: Record<string, { file: string; size: [number, number]; gray: string }> }>(
			"images.json",
		);
		for (const name of ["png colour", "jpeg subsampling 0", "gif", "bmp 24-bit"]) {
			const { file, size, gray } = reference.cases[name]!;
			const { picture } = run(await decodeImage(Buffer.from(file, "base64"), name), {}, [null, size[1], size[0], 1]);
			assert.equal(createHash("md5").update(picture.data).digest("hex"), gray, name);
		}
	});

	it("repeats gray for a model that takes colour, also when gray is asked for", () => {
		const gray: Image = { width: 1, height: 1, channels: 1, data: Uint8Array.of(7) };
		assert.deepEqual([...run(gray, {}, [null, 1, 1, 3]).tensor.data], [7, 7, 7]);
		assert.equal(new Set(run(onePixel, { channels: "gray" }, [null, 1, 1, 3]).tensor.data).size, 1);
	});

	it("writes the layout that the input has", () => {
		const two = colour(2, 1, 1, 2, 3, 4, 5, 6);
		assert.deepEqual([...run(two, {}, [null, 3, 1, 2]).tensor.data], [1, 4, 2, 5, 3, 6]);
		assert.deepEqual([...run(two, {}, [null, 1, 2, 3]).tensor.data], [1, 2, 3, 4, 5, 6]);
		assert.deepEqual(run(two, {}, [null, 1, 2]).tensor.shape, [1, 1, 2]);
		assert.deepEqual(run(two, {}, [null, 784]).tensor.shape, [1, 784]);
	});

	it("tells pictures from other inputs", () => {
		assert.deepEqual(pictureLayout([null, null, null, 3]), {
			height: null,
			width: null,
			channels: 3,
			order: "channels-last",
		});
		assert.equal(pictureLayout([1, 3, 224, 224])?.order, "channels-first");
		for (const shape of [[null, 30, 1, 40], [null, 10], [null], [null, 4, 4, 4, 1]])
			assert.equal(pictureLayout(shape), undefined, String(shape));
	});

	it("crops the middle or pads with black instead of squashing", () => {
		const wide = colour(4, 2, ...Array.from({ length: 24 }, (_, i) => (Math.floor(i / 3) % 4) * 10 + 1));
		assert.deepEqual([...run(wide, { fit: "crop", channels: "gray" }, [null, 2, 2, 1]).tensor.data], [11, 21, 11, 21]);
		const padded = run(wide, { fit: "pad", channels: "gray" }, [null, 4, 4, 1]).tensor.data;
		assert.deepEqual([...padded], [0, 0, 0, 0, 1, 11, 21, 31, 1, 11, 21, 31, 0, 0, 0, 0]);
	});

	it("ignores transparency as Pillow does and says so, or lays the picture over a background", () => {
		const glass: Image = { ...onePixel, alpha: Uint8Array.of(51) };
		const dropped = run(glass, {}, [null, 1, 1, 3]);
		assert.deepEqual([...dropped.tensor.data], [10, 20, 30]);
		assert.match(dropped.notices.join(), /transparency/);
		assert.deepEqual([...run(glass, { alpha: "white" }, [null, 1, 1, 3]).tensor.data], [206, 208, 210]);
		assert.deepEqual([...run(glass, { alpha: "black" }, [null, 1, 1, 3]).tensor.data], [2, 4, 6]);
	});

	it("inverts before it scales", () => {
		assert.deepEqual([...run(onePixel, { invert: true, scale: 2 }, [null, 1, 1, 3]).tensor.data], [490, 470, 450]);
	});

	it("records everything that was done", () => {
		const { spec } = run(onePixel, { scale: 0.5 }, [null, 8, 6, 1]);
		assert.deepEqual(spec, {
			size: [8, 6],
			resize: "bilinear",
			fit: "squash",
			channels: "gray",
			alpha: "drop",
			scale: 0.5,
			mean: [0],
			std: [1],
			invert: false,
		});
	});

	it("refuses what does not fit the model", () => {
		assert.throws(() => run(onePixel, { size: [2, 2] }, [null, 1, 1, 3]), /makes 2 by 2 pixels .* takes 1 by 1/);
		assert.throws(
			() => run(onePixel, { channels: "bgr" }, [null, 1, 1, 1]),
			/makes 3 channels \(bgr\), the model takes 1/,
		);
		assert.throws(
			() => run(onePixel, { mean: [1, 2, 3] }, [null, 1, 1, 1]),
			/"mean" of the preprocessing has 3 numbers/,
		);
		assert.throws(() => run(onePixel, {}, [null, 10]), /not a picture/);
	});
});

describe("reading a preprocessing", () => {
	it("takes presets, JSON, and JSON that starts from a preset", () => {
		assert.deepEqual(parsePreprocess("unit"), { scale: 1 / 255 });
		assert.deepEqual(parsePreprocess('{"size": 28, "mean": 0.5}'), { size: [28, 28], mean: [0.5] });
		assert.deepEqual(parsePreprocess('{"preset": "imagenet-caffe", "fit": "crop"}'), {
			...PREPROCESS_PRESETS["imagenet-caffe"],
			fit: "crop",
		});
	});

	it("says which member is wrong and what is expected", () => {
		assert.throws(
			() => parsePreprocess("imagenet-tortch"),
			(error: { hint?: string }) => /Did you mean "imagenet-torch"/.test(error.hint!),
		);
		assert.throws(
			() => parsePreprocess('{"sise": [1, 1]}'),
			(error: { hint?: string }) => /Did you mean "size"/.test(error.hint!),
		);
		assert.throws(() => parsePreprocess('{"size": [0, 1]}'), /"size" .* \[height, width\] in pixels/);
		assert.throws(() => parsePreprocess('{"std": [0]}'), /not 0/);
		assert.throws(() => parsePreprocess('{"resize": "area"}'), /bilinear, nearest/);
		assert.throws(() => parsePreprocess("{"), /not JSON/);
		assert.throws(() => readPreprocess([1]), /neither a preset nor an object/);
		assert.throws(() => parsePreprocess('{"__proto__": 1}'), /no member/);
	});
});
