import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openDataSet } from "../../../src/core/data/data-set";
import { writeNpy } from "../../../src/core/data/npy";
import { readNpz, writeNpz } from "../../../src/core/data/npz";
import { encodePng } from "../../../src/core/render/png";
import { blank } from "../../../src/core/render/raster";
import { PREPROCESS_PRESETS } from "../../../src/shared/preprocess";
import { float32 } from "../../../src/shared/tensor";
import { projectRoot } from "../../support/environment";

const port = { name: "input_1", shape: [null, 2, 3, 1], dtype: "float32" as const };

describe("A data set", () => {
	let folder: string;
	beforeEach(() => {
		folder = mkdtempSync(path.join(tmpdir(), "lamina-set-"));
	});
	afterEach(() => rmSync(folder, { recursive: true }));
	const open = (file: string, ports = [port], names?: string[]) =>
		openDataSet(path.join(folder, file), ports, PREPROCESS_PRESETS.unit, names);
	const put = (file: string, bytes: Uint8Array) => {
		mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
		writeFileSync(path.join(folder, file), bytes);
	};
	const gray = (level: number) => encodePng(blank(3, 2, [level, level, level]));

	it("is a folder with a folder for each class, in the order of their names, of pictures and arrays", async () => {
		put("set/square/2.png", gray(51));
		put("set/square/1.npy", writeNpy(float32([2, 3, 1], [1, 2, 3, 4, 5, 6])));
		put("set/circle/only.png", gray(255));
		put("set/.hidden/x.png", gray(1));
		put("set/read.me", new Uint8Array(1));
		const set = await open("set");
		assert.deepEqual([set.count, [...set.labels], set.classes], [3, [0, 1, 1], ["circle", "square"]]);
		const all = (await set.batch(0, 3)).input_1!;
		assert.deepEqual(all.shape, [3, 2, 3, 1]);
		assert.deepEqual([...all.data.subarray(0, 12)], [1, 1, 1, 1, 1, 1, 1, 2, 3, 4, 5, 6]);
		assert.ok(all.data.subarray(12).every((value) => Math.abs(value - 0.2) < 1e-6));
		assert.deepEqual((await set.batch(1, 2)).input_1!.data, all.data.subarray(6, 12));
	});
	it("is an archive with x and y, or with arrays named like the inputs", async () => {
		const x = float32(
			[3, 2, 3, 1],
			Array.from({ length: 18 }, (_, at) => at),
		);
		const y = { dtype: "int32" as const, shape: [3], data: Int32Array.of(2, 0, 2) };
		put("a.npz", writeNpz({ x, y, more: "text" }));
		put("b.npz", writeNpz({ input_1: x, other: float32([3, 1], [7, 8, 9]), y }));
		put("c.npz", writeNpz({ images: x, labels: y }));
		assert.deepEqual([...(await open("c.npz")).labels], [2, 0, 2]);
		const set = await open("a.npz", [port], ["zero", "one", "two"]);
		assert.deepEqual([set.count, [...set.labels], set.classes], [3, [2, 0, 2], ["zero", "one", "two"]]);
		assert.deepEqual([...(await set.batch(1, 3)).input_1!.data], [6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17]);
		const both = await open("b.npz", [port, { name: "other", shape: [null, 1], dtype: "float32" }]);
		assert.deepEqual([...(await both.batch(2, 3)).other!.data], [9]);
		assert.deepEqual(both.classes, ["0", "1", "2"]);
	});
	it("preprocesses pictures of 8 bits in an archive, and takes other numbers as they are", async () => {
		const file = path.join(projectRoot, "samples/shapes/heldout.npz");
		const image = { name: "image", shape: [null, 64, 64, 3], dtype: "float32" as const };
		const set = await openDataSet(file, [image], { scale: 1 / 255, mean: [0.5], std: [0.5] });
		const { shape, data } = (await set.batch(7, 9)).image!;
		const pixels = readNpz(readFileSync(file), file, ["images"]).get("images")!.data;
		assert.deepEqual([set.count, set.classes.length, shape], [160, 4, [2, 64, 64, 3]]);
		for (let at = 0; at < data.length; at += 97)
			assert.ok(Math.abs(data[at]! - (Number(pixels[7 * 12288 + at]) / 255 - 0.5) / 0.5) < 1e-6);
		put("reals.npz", writeNpz({ x: float32([2, 2, 3, 1], new Array(12).fill(200)), y: float32([2], [0, 1]) }));
		assert.deepEqual([...(await (await open("reals.npz")).batch(0, 2)).input_1!.data], new Array(12).fill(200));
	});
	it("is refused where it is none, saying what was found", async () => {
		const x = float32([2, 2, 3, 1], new Array(12).fill(0));
		const y = (...values: number[]) => float32([values.length], values);
		put("one/circle/1.png", gray(1));
		put("many/a/1.npy", writeNpy(x));
		put("many/b/1.npy", writeNpy(float32([2, 3, 1], new Array(6).fill(0))));
		put("noy.npz", writeNpz({ x }));
		put("short.npz", writeNpz({ x, y: y(0, 1, 1) }));
		put("half.npz", writeNpz({ x, y: y(0, 0.5) }));
		put("same.npz", writeNpz({ x, y: y(1, 1) }));
		put("text.txt", new TextEncoder().encode("hello"));
		await assert.rejects(open("nowhere"), /The data set does not exist/);
		await assert.rejects(open("one"), /1 examples of 1 class/);
		await assert.rejects(open("noy.npz"), /no array y or labels; it holds x/);
		await assert.rejects(open("short.npz"), /"input_1" has 2 examples, but there are 3 labels/);
		await assert.rejects(open("half.npz"), /other numbers than whole ones/);
		await assert.rejects(open("same.npz"), /of 1 class/);
		await assert.rejects(open("text.txt"), /neither a folder nor an .npz/);
		await assert.rejects((await open("many")).batch(0, 2), /2 files hold 3 examples/);
	});
});
