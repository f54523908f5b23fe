import { existsSync, readFileSync } from "node:fs";
import { sizeOf, type Tensor } from "../../src/shared/tensor";
import { testdata } from "../support/testdata";

export interface Data {
	readonly shape: readonly number[];
	readonly dtype?: string;
	readonly data: unknown;
}

/** One case; see conformance/README.md. */
export interface Case {
	readonly id: string;
	readonly suite: string;
	readonly method: string;
	readonly params: Readonly<Record<string, unknown>>;
	/** File in `models/`; null for quadrature coefficients. */
	readonly model: string | null;
	readonly inputs?: Readonly<Record<string, Data>>;
	readonly baselines?: Readonly<Record<string, unknown>> | null;
	/** Output index, or one for each example. */
	readonly target?: number | readonly number[] | null;
	readonly layer?: unknown;
	/** Index of a neuron of the layer without the batch axis, or a slice `[start, stop, step]` of neurons that are summed. */
	readonly neuron_selector?: unknown;
	/** Further inputs of the model, held fixed. */
	readonly additional_forward_args?: Readonly<Record<string, Data>> | null;
	/** What LRP starts from, in place of the value of the target. */
	readonly relevance_at_output?: Data | null;
	readonly expected: Readonly<Record<string, Data>>;
	readonly rtol: number;
	readonly atol: number;
	readonly stochastic?: boolean | { readonly std?: unknown } | null;
	readonly relevance_start?: string;
	/** Where the reference is wrong. */
	readonly reference_quirk?: string | null;
	readonly alternative?: { readonly expected: Readonly<Record<string, Data>> };
}

/** Every case of the manifest; none when the folder is absent. */
export function cases(): Case[] {
	const file = testdata("conformance", "manifest.json");
	return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as { cases: Case[] }).cases : [];
}

/** Numbers of a nested list, row-major. */
export function flatten(value: unknown): number[] {
	if (Array.isArray(value)) return value.flatMap(flatten);
	if (typeof value === "boolean") return [Number(value)];
	if (typeof value !== "number") throw new TypeError(`${JSON.stringify(value)} is not a number`);
	return [value];
}

export function tensorOf({ shape, data }: Data): Tensor {
	const values = flatten(data);
	if (values.length !== sizeOf(shape))
		throw new RangeError(`[${shape}] holds ${sizeOf(shape)} numbers, not ${values.length}`);
	return { dtype: "float32", shape, data: Float32Array.from(values) };
}
