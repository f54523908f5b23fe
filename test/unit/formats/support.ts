import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OpenedModel } from "../../../src/core/formats/format";
import { openModel } from "../../../src/core/formats/registry";

/** A folder of the test's own, removed when the tests of the file have run. */
export function temporaryFolder(): {
	path(...parts: string[]): string;
	write(name: string, data: string | Uint8Array): string;
} {
	const folder = mkdtempSync(join(tmpdir(), "lamina-formats-"));
	after(() => rmSync(folder, { recursive: true, force: true }));
	const path = (...parts: string[]) => join(folder, ...parts);
	return {
		path,
		write(name, data) {
			const file = path(name);
			mkdirSync(join(file, ".."), { recursive: true });
			writeFileSync(file, data);
			return file;
		},
	};
}

type Json = Record<string, unknown>;

export const inputLayer = (name: string, shape: (number | null)[]): Json => ({
	class_name: "InputLayer",
	config: { name, batch_input_shape: shape, dtype: "float32" },
	name,
	inbound_nodes: [],
});

/** A dense layer in the dialect of Keras 2, called on the given references. */
export const denseLayer = (name: string, units: number, ...calls: unknown[]): Json => ({
	class_name: "Dense",
	config: { name, units, activation: "linear", use_bias: false },
	name,
	inbound_nodes: calls,
});

export const on = (layer: string, node = 0, tensor = 0): unknown => [[layer, node, tensor, {}]];

export const functional = (name: string, layers: Json[], inputs: unknown, outputs: unknown): Json => ({
	class_name: "Functional",
	config: { name, layers, input_layers: inputs, output_layers: outputs },
});

/** Writes a TensorFlow.js layers model whose float32 weights count up from 0, and opens it. */
export async function openLayersModel(
	folder: ReturnType<typeof temporaryFolder>,
	topology: Json,
	weights: Record<string, number[]>,
): Promise<OpenedModel> {
	const entries = Object.entries(weights).map(([name, shape]) => ({ name, shape, dtype: "float32" }));
	const count = entries.reduce((total, { shape }) => total + shape.reduce((a, b) => a * b, 1), 0);
	const name = `model-${Math.random().toString(36).slice(2)}`;
	folder.write(`${name}/weights.bin`, new Uint8Array(Float32Array.from({ length: count }, (_, index) => index).buffer));
	const json = {
		format: "layers-model",
		modelTopology: topology,
		weightsManifest: [{ paths: ["weights.bin"], weights: entries }],
	};
	const opened = await openModel(folder.write(`${name}/model.json`, JSON.stringify(json)));
	after(() => opened.weights.close());
	return opened;
}
