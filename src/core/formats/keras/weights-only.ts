import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { type LaminaErrorData, UnreadableFileError } from "../../../shared/errors";
import type { Graph, GraphLayer } from "../../graph/types";
import type { ModelFile, OpenedModel } from "../format";
import { Hdf5Dataset } from "../hdf5/dataset";
import type { Hdf5Group } from "../hdf5/file";
import type { WeightFile } from "../weight-file";
import { isLegacyWeights, LegacyWeights } from "./legacy-weights";
import type { DatasetReader } from "./tree-variables";
import { isGeneratorState, type StoredVariable } from "./variables";

/**
 * A file of weights alone: layers are known by name and weights, not by class or wiring. Filters and statistics work,
 * nothing can be computed.
 * @throws UnreadableFileError when the HDF5 file holds no Keras weights at all
 */
export function openWeightsOnly(
	file: ModelFile,
	root: Hdf5Group,
	reader: DatasetReader,
	weights: WeightFile,
): OpenedModel {
	const layers = layersOf(root, reader);
	if (!layers) throw notKeras(file, root);
	const error: LaminaErrorData = {
		code: "unsupported",
		message: "The file holds weights only: which layers they belong to and how these are wired is not in it.",
		where: file.path,
		hint: hintFor(file),
	};
	const graphLayers: GraphLayer[] = [];
	for (const [name, variables] of layers) {
		const own = variables.filter((variable) => !isGeneratorState(variable.name));
		const listed = own.map((variable) => ({
			name: weights.add(`${name}/${localName(variable.name, name)}`, variable.tensor),
			shape: variable.tensor.shape,
			dtype: variable.tensor.dtype,
			trainable: true,
		}));
		if (listed.length === 0) continue;
		const kernel = listed.find(
			({ name: weight, shape }) => /(^|\/)kernel$/.test(weight) && shape.length >= 2 && shape.length <= 5,
		);
		const layout = kernel
			? ({ 2: "IO", 3: "WIO", 4: "HWIO", 5: "DHWIO" } as const)[kernel.shape.length as 2 | 3 | 4 | 5]
			: undefined;
		graphLayers.push({
			name,
			type: "unknown",
			depth: 0,
			calls: [],
			weights: listed,
			config: {},
			channelAxis: -1,
			...(kernel && layout && { filters: { weight: kernel.name, layout } }),
			unsupported: error,
			where: name,
		});
	}
	const graph: Graph = {
		format: { id: "keras-weights", title: "Keras weights" },
		inputs: [],
		outputs: [],
		nodes: [],
		layers: graphLayers,
		notices: [`${error.message} ${error.hint}`],
		passes: [],
	};
	return { graph, weights };
}

function localName(variable: string, layer: string): string {
	const start = variable.lastIndexOf(`${layer}/`);
	return start >= 0 ? variable.slice(start + layer.length + 1) : variable;
}

function layersOf(root: Hdf5Group, reader: DatasetReader): Map<string, readonly StoredVariable[]> | undefined {
	const legacy = [root, root.group("model_weights")].find((group) => group !== undefined && isLegacyWeights(group));
	if (legacy) {
		const stored = new LegacyWeights(legacy, reader);
		return new Map(stored.names().map((name) => [name, stored.variables(name)]));
	}
	const list = root.group("layers") ?? root.group("_layer_checkpoint_dependencies");
	if (!list) return undefined;
	const layers = new Map<string, StoredVariable[]>();
	for (const name of list.names()) {
		const group = list.group(name);
		if (group) layers.set(name, [...variablesBelow(group, "", reader)]);
	}
	return layers;
}

/** Every variable of a tree, named by its path without `vars`. */
function* variablesBelow(group: Hdf5Group, path: string, reader: DatasetReader): Generator<StoredVariable> {
	for (const name of group.names()) {
		const found = group.get(name);
		const inner = name === "vars" ? path : path === "" ? name : `${path}/${name}`;
		if (found instanceof Hdf5Dataset) yield { name: inner, tensor: reader(found) };
		else if (found) yield* variablesBelow(found, inner, reader);
	}
}

function hintFor(file: ModelFile): string {
	const folder = dirname(file.path);
	const beside = ["topology.json", "architecture.json", "model.json", "config.json"].find((name) =>
		existsSync(join(folder, name)),
	);
	const save = 'save the whole model: model.save("model.keras")';
	return beside
		? `The architecture seems to be in ${beside} beside it: make one file of both with keras.models.model_from_json(open("${beside}").read()), model.load_weights(...), then ${save}.`
		: `Build the model in Python, call model.load_weights(...), then ${save}.`;
}

function notKeras(file: ModelFile, root: Hdf5Group): UnreadableFileError {
	const names = root.names();
	const shown = names
		.slice(0, 6)
		.map((name) => `"${name}"`)
		.join(", ");
	const holds =
		names.length === 0
			? "It is empty."
			: `It holds ${shown}${names.length > 6 ? ` and ${names.length - 6} more` : ""}.`;
	return new UnreadableFileError(
		`This is an HDF5 file, but no Keras model: it has neither model_config nor layer names. ${holds}`,
		file.path,
		"Open a file that model.save(...) wrote.",
	);
}
