import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Tensor } from "../../../src/shared/tensor";
import { type NodeSpec, onnxFile } from "../../support/onnx-writer";
import type { Golden } from "../sidecars";
import { readSafetensors } from "./safetensors";

const made = new Map<string, string>();
let folder: string | undefined;

after(() => {
	if (folder) rmSync(folder, { recursive: true, force: true });
});

/** Where a file of a test may be put; it is gone when the tests are. */
export function temporaryFile(name: string): string {
	folder ??= mkdtempSync(path.join(tmpdir(), "lamina-golden-"));
	return path.join(folder, name);
}

/**
 * A file that holds weights and no network is made a model by what its sidecar says of the architecture: `conv1 1->8 3x3
 * valid, relu1, ..., norm1 (BN, eps 1e-5), flatten (CHW), fc1 11616->32, ...`.
 * @returns the file itself where it is a model
 */
export function modelFile({ architecture, input_shape: shape }: Golden, file: string): string {
	if (!file.endsWith(".safetensors")) return file;
	if (!architecture || !shape)
		throw new Error(`the sidecar of ${file} does not say what network its weights belong to`);
	const known = made.get(file);
	if (known) return known;
	const target = temporaryFile(`${path.basename(file, ".safetensors")}.onnx`);
	writeFileSync(target, networkOf(architecture, shape, readSafetensors(readFileSync(file))));
	made.set(file, target);
	return target;
}

function networkOf(architecture: string, shape: readonly number[], weights: ReadonlyMap<string, Tensor>): Uint8Array {
	const layers = architecture.split(";")[0]?.split(/,(?![^(]*\))/) ?? [];
	const nodes: NodeSpec[] = [];
	let value = "input";
	for (const text of layers) {
		const [name = ""] = text.trim().split(" ");
		// In brackets stands what comes after the logits.
		if (name.startsWith("[")) continue;
		const epsilon = Number(/eps ([\de.-]+)/.exec(text)?.[1] ?? 1e-5);
		nodes.push(nodeOf(name, value, epsilon));
		value = name;
	}
	const last = weights.get(`${value}.bias`)?.shape[0] ?? 0;
	return onnxFile({
		opset: 17,
		inputs: [{ name: "input", type: "float32", shape: ["N", ...shape] }],
		outputs: [{ name: value, type: "float32", shape: ["N", last] }],
		nodes,
		weights,
	});
}

/** A layer by its name, whose letters say its kind, with weights named as PyTorch names them. */
function nodeOf(name: string, input: string, epsilon: number): NodeSpec {
	const parameters = (...names: string[]) => names.map((parameter) => `${name}.${parameter}`);
	switch (name.replace(/\d+$/, "")) {
		case "conv":
			return {
				name,
				op: "Conv",
				inputs: [input, ...parameters("weight", "bias")],
				attributes: { kernel_shape: [3, 3] },
			};
		case "relu":
			return { name, op: "Relu", inputs: [input] };
		case "norm": {
			const inputs = [input, ...parameters("weight", "bias", "running_mean", "running_var")];
			return { name, op: "BatchNormalization", inputs, attributes: { epsilon } };
		}
		case "flatten":
			return { name, op: "Flatten", inputs: [input] };
		case "fc":
			return { name, op: "Gemm", inputs: [input, ...parameters("weight", "bias")], attributes: { transB: 1 } };
		default:
			throw new Error(`the layer "${name}" of a sidecar is of no known kind`);
	}
}
