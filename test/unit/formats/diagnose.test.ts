import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { zipSync } from "fflate";
import { openModel } from "../../../src/core/formats/registry";
import { type ErrorCode, LaminaError } from "../../../src/shared/errors";
import { temporaryFolder } from "./support";

describe("files that are no readable model", () => {
	const folder = temporaryFolder();
	const text = (value: string) => Buffer.from(value, "latin1");
	const cases: [title: string, name: string, data: Uint8Array, code: ErrorCode, message: RegExp][] = [
		["an empty file", "empty.h5", text(""), "unreadable", /empty/],
		[
			"a Git LFS pointer",
			"model.keras",
			text("version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 1\n"),
			"unreadable",
			/Git LFS pointer/,
		],
		[
			"a web page saved as .h5",
			"page.h5",
			text("\n<!DOCTYPE html><html><body>404</body></html>"),
			"unreadable",
			/web page/,
		],
		["an HDF5 signature and nothing else", "cut.h5", text("\x89HDF\r\n\x1a\n"), "unreadable", /damaged|cut off/],
		[
			"a zip archive of something else",
			"other.keras",
			zipSync({ "a.txt": text("a") }),
			"unreadable",
			/no config\.json/,
		],
		[
			"a zip archive that is cut off",
			"cut.keras",
			zipSync({ "config.json": text("{}".repeat(99)) }).slice(0, 60),
			"unreadable",
			/directory/,
		],
		["a PyTorch archive", "net.pt", zipSync({ "archive/data.pkl": text("x") }), "unsupported", /PyTorch/],
		["a pickle, which is never run", "net.pkl", text("\x80\x02cos\nsystem\n"), "unsupported", /pickle/],
		[
			"a TensorFlow.js graph model",
			"graph.json",
			text('{"format": "graph-model", "modelTopology": {"node": []}, "weightsManifest": []}'),
			"unsupported",
			/graph model/,
		],
		["weights without a topology", "bare.json", text('{"weightsManifest": []}'), "unreadable", /no topology/],
		[
			"a topology without weights",
			"half.json",
			text('{"modelTopology": {"class_name": "Sequential", "config": []}}'),
			"unreadable",
			/weightsManifest/,
		],
		[
			"the JSON of a Keras architecture",
			"topology.json",
			text('{"class_name": "Sequential", "config": {"layers": []}}'),
			"unreadable",
			/architecture of a Keras model without weights/,
		],
		[
			"JSON that is cut off",
			"cut.json",
			text('{"modelTopology": {"class_name": "Seq'),
			"unreadable",
			/JSON text is damaged/,
		],
		[
			"JSON nested a million levels deep",
			"deep.json",
			text(`{"modelTopology": ${"[".repeat(100000)}${"]".repeat(100000)}}`),
			"unreadable",
			/nested|damaged/,
		],
		["a TensorFlow Lite model", "m.tflite", text("\x1c\0\0\0TFL3xxxx"), "unsupported", /TensorFlow Lite/],
		[
			"a part of an ONNX model",
			"m.onnx",
			text("\x08\x07\x12\x07pytorch:\x7f"),
			"unreadable",
			/named as ONNX models are/,
		],
		["a picture", "m.h5", text("\x89PNG\r\n\x1a\n"), "unreadable", /picture/],
		["anything else, by its first bytes", "m.xyz", Uint8Array.of(1, 2, 3), "unreadable", /01 02 03/],
	];
	for (const [title, name, data, code, message] of cases) {
		it(`names ${title}`, async () => {
			await rejectsWith(folder.write(name, data), code, message);
		});
	}

	it("names what is meant inside a folder", async () => {
		mkdirSync(folder.path("saved"), { recursive: true });
		folder.write("saved/saved_model.pb", "x");
		await rejectsWith(folder.path("saved"), "unsupported", /SavedModel/);
		await rejectsWith(folder.path("."), "unreadable", /folder/);
	});

	it("says when there is no such file", async () => {
		await rejectsWith(folder.path("absent.keras"), "unreadable", /no such file/);
	});

	async function rejectsWith(path: string, code: ErrorCode, message: RegExp): Promise<void> {
		await assert.rejects(openModel(path), (error: unknown) => {
			assert.ok(error instanceof LaminaError, String(error));
			assert.equal(error.code, code);
			assert.match(error.message, message);
			assert.ok(error.where?.startsWith(path), `where is ${error.where}`);
			return true;
		});
	}
});
