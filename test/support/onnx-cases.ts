import { existsSync, readFileSync } from "node:fs";
import { tensorOf } from "../../src/core/data/npy";
import { readNpz } from "../../src/core/data/npz";
import type { Tensor } from "../../src/shared/tensor";
import { testdata } from "./testdata";

/** A test of `onnx-nodes/manifest.json`: a small model, inputs, and the outputs that the standard asks for. */
export interface OnnxCase {
	readonly name: string;
	readonly ops: readonly string[];
	readonly inputs: readonly { readonly name: string; readonly dtype: string; readonly shape: readonly number[] }[];
	readonly outputs: readonly { readonly name: string; readonly dtype: string; readonly shape: readonly number[] }[];
	/** Archives of inputs and outputs. */
	readonly sets: readonly (readonly [inputs: string, outputs: string])[];
	readonly rtol: number;
	readonly atol: number;
}

const FOLDER = "onnx-nodes";

/** Empty when the test data is absent. */
export function onnxCases(): OnnxCase[] {
	const manifest = testdata(FOLDER, "manifest.json");
	if (!existsSync(manifest)) return [];
	return (JSON.parse(readFileSync(manifest, "utf8")) as { tests: OnnxCase[] }).tests;
}

export const onnxCaseFile = (name: string): string => testdata(FOLDER, name, "model.onnx");

/** Arrays of an archive by the names of the ports, in whose order they are kept. */
export function onnxArrays(relative: string, ports: OnnxCase["inputs"]): Map<string, Tensor> {
	const file = testdata(FOLDER, relative);
	const arrays = readNpz(readFileSync(file), file);
	const keys = [...arrays.keys()].sort();
	return new Map(keys.map((key, index) => [ports[index]?.name ?? key, tensorOf(arrays.get(key)!, `${file}: ${key}`)]));
}
