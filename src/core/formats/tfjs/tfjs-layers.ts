import { readFileSync } from "node:fs";
import { UnreadableFileError, UnsupportedError } from "../../../shared/errors";
import type { Attr } from "../../graph/types";
import type { Format, ModelFile, OpenedModel } from "../format";
import { isArray, member, parseJson, textMember } from "../json";
import { describeModel } from "../keras/config/model-config";
import { NamedVariables } from "../keras/variables/named-variables";
import { assembleModel } from "../keras/wiring/assemble";
import { WeightFile } from "../weight-file";
import { readManifest } from "./manifest";

const MOST_TEXT = 256 * 1024 * 1024;

/** TensorFlow.js layers models: `model.json` (whatever its name) with its weight files beside it. */
export const tfjsLayers: Format = {
	id: "tfjs-layers",
	title: "TensorFlow.js layers model",
	extensions: [".json"],
	match({ path, size, head }: ModelFile): boolean {
		if (!/^\s*\{/.test(new TextDecoder().decode(head.subarray(0, 64))) || size > MOST_TEXT) return false;
		try {
			const text = readFileSync(path, "utf8");
			return text.includes('"modelTopology"') || text.includes('"weightsManifest"');
		} catch {
			return false;
		}
	},
	async open({ path }: ModelFile): Promise<OpenedModel> {
		const json = parseJson(readFileSync(path, "utf8"), path);
		const topology = member(json, "modelTopology");
		const manifest = member(json, "weightsManifest");
		if (textMember(json, "format") === "graph-model" || isArray(member(topology, "node"))) {
			throw new UnsupportedError(
				"This is a TensorFlow.js graph model; of TensorFlow.js, layers models are read so far.",
				path,
				"If you have the Keras model it was made of, open that.",
			);
		}
		const serialized = member(topology, "model_config") ?? topology;
		if (textMember(serialized, "class_name") === undefined) {
			throw new UnreadableFileError(
				"The model has weights but no topology: modelTopology describes no layers.",
				path,
				"Convert or save the model again.",
			);
		}
		if (manifest === undefined)
			throw new UnreadableFileError(
				"The model has no weightsManifest: its weights are not told.",
				path,
				"Convert or save the model again.",
			);
		const { variables, close } = readManifest(manifest, path);
		try {
			// The converter and TensorFlow.js itself both write the dialect of Keras 2.
			const description = describeModel(serialized, "keras-2", "modelTopology");
			const scope = NamedVariables.of(variables);
			return assembleModel(
				description,
				scope,
				new WeightFile(close),
				{ id: tfjsLayers.id, title: tfjsLayers.title, ...producer(json, topology) },
				[],
			);
		} catch (thrown) {
			close();
			throw thrown;
		}
	},
};

function producer(json: Attr, topology: Attr): { producer?: string } {
	const parts = [
		textMember(json, "generatedBy") ?? textMember(topology, "keras_version"),
		textMember(json, "convertedBy"),
	];
	const text = parts.filter((part) => part !== undefined).join(", ");
	return text === "" ? {} : { producer: text };
}
