import assert from "node:assert/strict";
import { readManifest } from "../../../src/core/formats/tfjs/manifest";
import { UnreadableFileError } from "../../../src/shared/errors";
import { temporaryFolder } from "./support";

describe("weights manifest of TensorFlow.js", () => {
	const folder = temporaryFolder();
	const model = folder.path("model.json");

	function read(groups: unknown) {
		const manifest = readManifest(groups as never, model);
		after(() => manifest.close());
		return new Map(manifest.variables.map(({ name, tensor }) => [name, tensor]));
	}

	it("reads weights that lie across the border of two shards", () => {
		const bytes = new Uint8Array(Float32Array.of(1.5, -2, 3.25, 4).buffer);
		folder.write("a1", bytes.subarray(0, 5));
		folder.write("a2", bytes.subarray(5));
		const weights = read([
			{
				paths: ["a1", "a2"],
				weights: [
					{ name: "w", shape: [3], dtype: "float32" },
					{ name: "v", shape: [], dtype: "float32" },
				],
			},
		]);
		assert.deepEqual(Array.from(weights.get("w")?.read().data ?? []), [1.5, -2, 3.25]);
		assert.deepEqual(Array.from(weights.get("v")?.read().data ?? []), [4]);
	});

	it("gives quantised weights back as value = q * scale + min", () => {
		folder.write("q8", Uint8Array.of(0, 128, 255));
		folder.write("q16", new Uint8Array(Uint16Array.of(0, 65535).buffer));
		folder.write("half", new Uint8Array(Uint16Array.of(0x3c00, 0xc000, 0x3555).buffer));
		folder.write("qint", Uint8Array.of(0, 10));
		const one = (path: string, shape: number[], dtype: string, quantization: object) => ({
			paths: [path],
			weights: [{ name: path, shape, dtype, quantization }],
		});
		const weights = read([
			one("q8", [3], "float32", { dtype: "uint8", scale: 0.5, min: -3 }),
			one("q16", [2], "float32", { dtype: "uint16", scale: 2, min: 1 }),
			one("half", [3], "float32", { dtype: "float16" }),
			one("qint", [2], "int32", { dtype: "uint8", scale: 0.3, min: 0 }),
		]);
		assert.deepEqual(Array.from(weights.get("q8")?.read().data ?? []), [-3, 61, 124.5]);
		assert.deepEqual(Array.from(weights.get("q16")?.read().data ?? []), [1, 131071]);
		assert.deepEqual(Array.from(weights.get("half")?.read().data ?? []), [1, -2, 0.333251953125]);
		assert.deepEqual(weights.get("qint")?.read(), { dtype: "int32", shape: [2], data: Int32Array.of(0, 3) });
	});

	const shard = { name: "w", shape: [4], dtype: "float32" };
	const wrong: [string, unknown, RegExp][] = [
		["names a shard that is missing", [{ paths: ["absent.bin"], weights: [shard] }], /"absent\.bin"/],
		[
			"tells when the shards are too short",
			[{ paths: ["short"], weights: [shard] }],
			/"w" needs 16 bytes at 0, and there are 3/,
		],
		[
			"opens nothing outside of the model's folder",
			[{ paths: ["../secret"], weights: [shard] }],
			/not beside the model/,
		],
		["fetches nothing", [{ paths: ["https://example.com/w.bin"], weights: [shard] }], /not beside the model/],
		["refuses a negative extent", [{ paths: ["short"], weights: [{ ...shard, shape: [-1] }] }], /\[-1\]/],
		[
			"refuses a shape larger than any file before it takes memory",
			[{ paths: ["short"], weights: [{ ...shard, shape: [1e9, 1e9] }] }],
			/larger than any file|ends too early|end too early/,
		],
	];
	for (const [title, groups, message] of wrong) {
		it(title, () => {
			folder.write("short", Uint8Array.of(1, 2, 3));
			assert.throws(
				() => read(groups),
				(error: unknown) => error instanceof UnreadableFileError && message.test(error.message),
			);
		});
	}
});
