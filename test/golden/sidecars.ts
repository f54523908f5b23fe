import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { NumericArray } from "../../src/core/data/npy";
import { readNpz } from "../../src/core/data/npz";
import { testdata, testdataRoot } from "../support/testdata";

/** What a sidecar says about one array; see golden/README.md. */
export interface GoldenArray {
	readonly method: string;
	readonly params?: Readonly<Record<string, unknown>>;
	readonly layout?: string;
	readonly shape: readonly number[];
	readonly target?: number | null;
	readonly max_abs?: number;
	readonly tolerance_rel?: number;
	readonly tolerance_rel_l2?: number;
	readonly "fraction_over_1e-4"?: number;
	readonly convention?: string;
}

export interface Golden {
	/** `<model>__<image>` */
	readonly name: string;
	readonly model_file: string;
	readonly image: string;
	readonly preprocess: string;
	readonly target: number;
	/** One example, without the batch. */
	readonly input_shape?: readonly number[];
	/** Layer by layer, where the file holds weights alone. */
	readonly architecture?: string;
	readonly arrays: Readonly<Record<string, GoldenArray>>;
}

/** Every sidecar of the golden folder; none when the folder is absent. */
export function goldens(): Golden[] {
	const folder = testdata("golden");
	if (!existsSync(folder)) return [];
	return readdirSync(folder)
		.filter((name) => name.endsWith(".json"))
		.sort()
		.map(
			(name) => ({ ...JSON.parse(readFileSync(path.join(folder, name), "utf8")), name: name.slice(0, -5) }) as Golden,
		);
}

/** Sidecars name files from the folder above the test data: `shared/models/...`, whatever it is called here. */
export function resolveFile(name: string): string {
	const inside = path.join(testdataRoot, ...name.split("/").slice(1));
	return existsSync(inside) ? inside : path.resolve(testdataRoot, name);
}

const archives = new Map<string, Map<string, NumericArray>>();

/** An array of a golden's archive, as float32. */
export function goldenArray(golden: Golden, name: string): Float32Array {
	let arrays = archives.get(golden.name);
	if (!arrays) {
		const file = testdata("golden", `${golden.name}.npz`);
		arrays = readNpz(readFileSync(file), file);
		archives.set(golden.name, arrays);
	}
	const array = arrays.get(name);
	if (!array) throw new Error(`${golden.name}.npz has no array ${name}`);
	return Float32Array.from(array.data as ArrayLike<number | bigint>, Number);
}
