import { existsSync, readFileSync } from "node:fs";
import { tensorOf } from "../../src/core/data/npy";
import { readNpz } from "../../src/core/data/npz";
import type { Tensor } from "../../src/shared/tensor";
import { testdata } from "./testdata";

/** A case of `keras-layers/manifest.json`: a small model, inputs, and the outputs that Keras computes. */
export interface LayerCase {
	readonly name: string;
	readonly cls: string;
	readonly writer: string;
	/** Paths below the folder of the cases, by format: `keras`, `h5`. */
	readonly files: Readonly<Record<string, string>>;
	readonly inputs: string;
	readonly outputs: string;
	readonly input_names: readonly string[];
	readonly output_names: readonly string[];
	readonly expected: "match" | "refuse";
	readonly tolerance: number;
	readonly note?: string;
	readonly format_notes?: Readonly<Record<string, string>>;
}

const FOLDER = "keras-layers";

/** Empty when the test data is absent. */
export function layerCases(): LayerCase[] {
	const manifest = testdata(FOLDER, "manifest.json");
	if (!existsSync(manifest)) return [];
	return (JSON.parse(readFileSync(manifest, "utf8")) as { cases: LayerCase[] }).cases;
}

export const caseFile = (relative: string): string => testdata(FOLDER, relative);

/** Arrays `00`, `01`, ... of an archive, in that order. */
export function caseArrays(relative: string): Tensor[] {
	const file = caseFile(relative);
	const arrays = readNpz(readFileSync(file), file);
	return [...arrays.keys()].sort().map((name) => {
		const array = arrays.get(name);
		if (!array) throw new Error(`${file} has no array ${name}`);
		return tensorOf(array, `${file}: ${name}`);
	});
}
