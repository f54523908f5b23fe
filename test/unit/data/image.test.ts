import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { decodeImage } from "../../../src/core/data/image/decode";
import type { Image } from "../../../src/core/data/image/image";
import { LaminaError } from "../../../src/shared/errors";
import { needTestdata } from "../../support/testdata";
import { fixture } from "./fixtures";

interface Reference {
	by: string;
	cases: Record<string, { file: string; size: [number, number]; rgb: string; gray: string; samples?: string }>;
}

const reference = fixture<Reference>("images.json");
const bytesOf = (name: string) => Buffer.from(reference.cases[name]!.file, "base64");
const md5 = (data: Uint8Array) => createHash("md5").update(data).digest("hex");

function asRgb(image: Image): Uint8Array {
	if (image.channels === 3) return image.data;
	return Uint8Array.from({ length: image.data.length * 3 }, (_, i) => image.data[Math.floor(i / 3)]!);
}

async function refusal(bytes: Uint8Array): Promise<LaminaError> {
	try {
		await decodeImage(bytes, "picture");
	} catch (error) {
		assert.ok(error instanceof LaminaError, `a LaminaError is expected, not ${error}`);
		return error;
	}
	throw new assert.AssertionError({ message: "the picture was read" });
}

describe("decoding pictures", () => {
	for (const [name, { size, rgb }] of Object.entries(reference.cases)) {
		if (name === "jpeg CMYK") continue;
		it(`${name}: every sample equals ${reference.by}`, async () => {
			const image = await decodeImage(bytesOf(name), name);
			assert.deepEqual([image.width, image.height], size);
			assert.equal(md5(asRgb(image)), rgb);
		});
	}

	it("jpeg CMYK: within 1 of Pillow, another inverse cosine transform", async () => {
		const image = await decodeImage(bytesOf("jpeg CMYK"), "cmyk");
		const expected = Buffer.from(reference.cases["jpeg CMYK"]!.samples!, "base64");
		assert.equal(image.data.length, expected.length);
		const worst = image.data.reduce((most, sample, i) => Math.max(most, Math.abs(sample - expected[i]!)), 0);
		assert.ok(worst <= 1, `off by ${worst}`);
	});

	it("keeps gray pictures gray", async () => {
		for (const name of ["png gray", "png interlaced 2-bit gray", "jpeg gray", "bmp gray"]) {
			assert.equal((await decodeImage(bytesOf(name), name)).channels, 1, name);
		}
	});

	it("keeps opacity apart from the colours", async () => {
		const translucent = await decodeImage(bytesOf("png colour and alpha"), "png");
		const opaque = await decodeImage(bytesOf("png colour"), "png");
		assert.deepEqual(translucent.data, opaque.data);
		assert.equal(opaque.alpha, undefined);
		// The pattern of make.py: channel 3 of 4.
		const expected = Array.from(
			{ length: 13 * 9 },
			(_, i) => ((i % 13) * 37 + Math.floor(i / 13) * 59 + 3 * 83 + (i % 13) * Math.floor(i / 13) * 4) % 256,
		);
		assert.deepEqual([...translucent.alpha!], expected);
	});

	it("makes one colour transparent where a PNG or GIF says so, and keeps the colour", async () => {
		for (const name of ["png colour, one transparent", "gif one transparent", "png palette of 100, one transparent"]) {
			const { alpha } = await decodeImage(bytesOf(name), name);
			assert.ok(alpha?.includes(0) && alpha.includes(255), name);
		}
	});

	it("tells when a picture was turned", async () => {
		const { notices } = await decodeImage(bytesOf("jpeg orientation 6"), "jpeg");
		assert.match(notices!.join(), /EXIF orientation \(6\)/);
	});

	it("refuses every picture that is cut off, at whatever byte, and says so", async () => {
		for (const name of [
			"png colour",
			"png interlaced 4-bit palette",
			"gif",
			"bmp 24-bit",
			"bmp palette",
			"webp lossless",
			"webp lossy",
			"jpeg subsampling 2",
			"jpeg CMYK",
		]) {
			const whole = bytesOf(name);
			for (let length = 0; length < whole.length - 4; length += Math.max(1, Math.floor(whole.length / 40))) {
				const error = await refusal(whole.subarray(0, length));
				assert.equal(error.code, "unreadable", `${name} cut to ${length} bytes: ${error.message}`);
			}
		}
	});

	it("reads or refuses damaged pictures, with a LaminaError", async function () {
		this.timeout(30_000);
		for (const name of Object.keys(reference.cases)) {
			const whole = bytesOf(name);
			for (let at = 0; at < whole.length; at += Math.max(1, Math.floor(whole.length / 12))) {
				const damaged = Buffer.from(whole);
				damaged[at]! ^= 0xff;
				await decodeImage(damaged, name).catch((error) =>
					assert.ok(error instanceof LaminaError, `${name}, byte ${at}: ${error}`),
				);
			}
		}
	});

	it("refuses a picture of a billion pixels before it takes memory for it", async () => {
		const huge = Buffer.from(bytesOf("bmp 24-bit"));
		huge.writeInt32LE(40_000, 18);
		huge.writeInt32LE(40_000, 22);
		assert.match((await refusal(huge)).message, /40000 by 40000/);
	});

	it("names formats that are not read, and what is no picture at all", async () => {
		const text = (content: string) => new TextEncoder().encode(content);
		assert.match((await refusal(text("II*\0...."))).message, /TIFF/);
		assert.match((await refusal(text("<?xml version='1.0'?>\n<svg width='1'>"))).message, /SVG/);
		assert.match((await refusal(text("PK.."))).message, /Not a picture: it begins with 50 4b/);
		assert.match((await refusal(new Uint8Array())).message, /empty/);
	});

	it("reads the pictures of others", async function () {
		const folder = needTestdata(this, "models", "odd", "image-variants");
		for (const name of ["bmp.bmp", "gif87.gif", "gif89.gif", "jpg.jpg", "png.png", "webp.webp", "webpl.webp"]) {
			const image = await decodeImage(readFileSync(`${folder}/${name}`), name);
			assert.equal(image.data.length, image.width * image.height * image.channels, name);
		}
		for (const name of ["cgbi.png", "mini.protobuf"])
			assert.equal((await refusal(readFileSync(`${folder}/${name}`))).code, "unreadable", name);
		for (const name of ["qoi.qoi", "svg.svg", "tiff-be.tif", "tiff-le.tif"])
			assert.equal((await refusal(readFileSync(`${folder}/${name}`))).code, "unsupported", name);
	});
});
