import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { writeNpy } from "../../../src/core/data/npy";
import { readNpz } from "../../../src/core/data/npz";
import { findNative, isNative, loadNative } from "../../../src/core/engine/session/native";
import { exportSavedModel } from "../../../src/core/export/saved-model";
import { METHODS } from "../../../src/core/methods/index";
import { runToEnd } from "../../../src/core/methods/run-method";
import { float32, type Tensor } from "../../../src/shared/tensor";
import { parsePlace, parseUnitAddress } from "../../../src/shared/unit-parser";
import { skipBecause } from "../../support/testdata";
import { assertClose } from "../rules/close";
import { residualNetwork } from "../rules/networks";
import { sessionOf, tensor } from "../rules/small-model";

const x = tensor([3, 6, 6, 2], 11);
const unit = parseUnitAddress("predictions[1]");
const EXPORTED = METHODS.filter(({ program }) => program).map(({ id }) => id);

/** Runs a SavedModel with TensorFlow's own loader: nothing of Lamina knows what is in it. */
function runNatively(folder: string, input: Tensor): Tensor {
	const found = findNative();
	if (!isNative(found)) throw new Error(found.reason);
	const binding = loadNative(found, {});
	const model = binding.loadSavedModel(folder, "serve");
	const fed = binding.createTensor(input.shape, binding.TF_FLOAT, input.data);
	const [result] = binding.runSavedModel(model, [fed], "input_0:0", "output_0:0");
	if (!result) throw new Error("no result");
	const { shape } = result;
	const data = binding.tensorDataSync(result.id);
	binding.deleteTensor(result.id);
	binding.deleteTensor(fed);
	binding.deleteSavedModel(model);
	return float32(shape, data as Float32Array);
}

describe("An exported explanation", function () {
	this.timeout(60_000);
	let parent: string;
	before(() => {
		parent = mkdtempSync(path.join(tmpdir(), "lamina-export-"));
	});
	after(() => rmSync(parent, { recursive: true, force: true }));

	for (const id of EXPORTED) {
		for (const at of id === "activations" ? ["conv2"] : id === "integrated-gradients" ? ["input"] : ["input", "pool"]) {
			it(`computes ${id} at ${at} as the method itself, in TensorFlow alone, for any batch`, async function () {
				const native = findNative();
				if (!isNative(native)) skipBecause(this, native.reason);
				const session = await sessionOf(residualNetwork());
				const request = {
					inputs: { x },
					unit,
					parameters: {},
					at: at === "input" ? ("input" as const) : parsePlace(at),
				};
				const folder = path.join(parent, `${id}-${at}`);
				const one = { ...request, inputs: { x: tensor([1, 6, 6, 2], 3) } };
				const made = await exportSavedModel(session, id, one, folder);
				assert.deepEqual(made.inputs, { x: [null, 6, 6, 2] });
				const got = runNatively(folder, x);
				const { maps } = await runToEnd(session, id, request);
				const expected = maps[0]?.tensor ?? assert.fail();
				assert.deepEqual(got.shape, expected.shape);
				assertClose(got.data, expected.data, 1e-4, id);
				const described = JSON.parse(readFileSync(path.join(folder, "lamina.json"), "utf8"));
				assert.equal(described.method, id);
			});
		}
	}

	it("is loaded and run by TensorFlow in Python", async function () {
		const python = process.env.LAMINA_TEST_PYTHON ?? "python3";
		const has = await promisify(execFile)(python, ["-c", "import tensorflow"]).catch(() => undefined);
		if (!has) skipBecause(this, `${python} has no TensorFlow; LAMINA_TEST_PYTHON names a Python that has`);
		const session = await sessionOf(residualNetwork());
		const request = { inputs: { x }, unit, parameters: {} };
		const folder = path.join(parent, "python");
		await exportSavedModel(session, "lrp", request, folder);
		const [input, output] = [path.join(parent, "x.npy"), path.join(parent, "maps.npz")];
		writeFileSync(input, writeNpy(x));
		await promisify(execFile)(python, [
			"-c",
			"import sys, numpy, tensorflow as tf\n" +
				"run = tf.saved_model.load(sys.argv[1]).signatures['serving_default']\n" +
				"maps = run(x=tf.constant(numpy.load(sys.argv[2])))\n" +
				"numpy.savez(sys.argv[3], **{name: value.numpy() for name, value in maps.items()})",
			folder,
			input,
			output,
		]);
		const got = readNpz(readFileSync(output), output).get("x") ?? assert.fail();
		const { maps } = await runToEnd(session, "lrp", request);
		assertClose(Array.from(got.data as Float32Array), maps[0]?.tensor.data ?? [], 1e-4);
	});

	it("is refused where a method is more than one program, and where the folder is somebody else's", async () => {
		const session = await sessionOf(residualNetwork());
		const request = { inputs: { x }, unit, parameters: {} };
		await assert.rejects(exportSavedModel(session, "occlusion", request, path.join(parent, "none")), {
			code: "unsupported",
			message: /more than one program/,
		});
		writeFileSync(path.join(parent, "mine.txt"), "");
		await assert.rejects(exportSavedModel(session, "saliency", request, parent), /holds other files/);
		const layer = { ...request, at: parsePlace("pool") };
		await assert.rejects(exportSavedModel(session, "integrated-gradients", layer, path.join(parent, "ig")), {
			code: "unsupported",
		});
	});
});
