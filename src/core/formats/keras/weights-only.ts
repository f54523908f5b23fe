import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { type LaminaErrorData, UnreadableFileError } from "../../../shared/errors";
import type { Graph, GraphLayer } from "../../graph/types";
import type { ModelFile, OpenedModel } from "../format";
import { Hdf5Dataset } from "../hdf5/dataset";
import type { Hdf5Group } from "../hdf5/file";
import type { WeightFile } from "../weight-file";
import { isLegacyWeights, LegacyWeights } from "./variables/legacy-weights";
import { isGeneratorState, type StoredVariable } from "./variables/scope";
import type { DatasetReader } from "./variables/tree-variables";

/**
 * A file of weights alone.
 * @throws UnreadableFileError when the HDF5 file holds no Keras weights at all
 */
export function openWeightsFile(
	file: ModelFile,
	root: Hdf5Group,
	reader: DatasetReader,
	weights: WeightFile,
): OpenedModel {
	const legacy = [root, root.group("model_weights")].find((group) => group !== undefined && isLegacyWeights(group));
	const isTree = root.has("layers") || root.has("_layer_checkpoint_dependencies") || root.has("vars");
	if (!legacy && !isTree) throw notKeras(file, root);
	return modelOfWeights(
		legacy ? legacyLayers(legacy, reader) : treeLayers(root, reader),
		weights,
		{ id: "keras-weights", title: "Keras weights" },
		{
			code: "unsupported",
			message: "The file holds weights only: which layers they belong to and how these are wired is not in it.",
			where: file.path,
			hint: hintFor(file),
		},
	);
}

/** An archive whose model is a class of the training code: it holds the weights, and no description of the layers. */
export function openSubclass(
	file: ModelFile,
	className: string,
	root: Hdf5Group,
	reader: DatasetReader,
	weights: WeightFile,
	format: Graph["format"],
): OpenedModel {
	return modelOfWeights(treeLayers(root, reader), weights, format, {
		code: "unsupported",
		message: `The model is of the class ${className} of the training code, which is not run: the file does not tell its layers and their wiring.`,
		where: file.path,
		hint: "Filters and statistics of its weights still work. To compute with it, build the model as Sequential or with the functional interface and save it again.",
	});
}

type WeightsByLayer = ReadonlyMap<string, readonly StoredVariable[]>;

/** Layers known by name and weights, not by class or wiring: filters and statistics work, nothing can be computed. */
function modelOfWeights(
	layers: WeightsByLayer,
	weights: WeightFile,
	format: Graph["format"],
	error: LaminaErrorData,
): OpenedModel {
	const graphLayers: GraphLayer[] = [];
	for (const [name, variables] of layers) {
		const own = variables.filter((variable) => !isGeneratorState(variable.name));
		if (own.length === 0) continue;
		const listed = own.map(({ name: variable, tensor }) => ({
			name: weights.add(`${name}/${localName(variable, name)}`, tensor),
			shape: tensor.shape,
			dtype: tensor.dtype,
			trainable: true,
		}));
		// Without names the kernel is the first: so Keras orders the variables of its layers.
		const kernel = listed.find(({ name: weight }) => /\/(kernel|0)$/.test(weight));
		const layout = kernel ? KERNEL_LAYOUTS[kernel.shape.length] : undefined;
		const filters = kernel && layout ? { filters: { weight: kernel.name, layout } } : {};
		graphLayers.push({
			name,
			type: "unknown",
			depth: 0,
			calls: [],
			weights: listed,
			config: {},
			channelAxis: -1,
			...filters,
			unsupported: error,
			where: name,
		});
	}
	const notices = [`${error.message} ${error.hint}`];
	return { graph: { format, inputs: [], outputs: [], nodes: [], layers: graphLayers, notices, passes: [] }, weights };
}

const KERNEL_LAYOUTS: Readonly<Record<number, NonNullable<GraphLayer["filters"]>["layout"]>> = {
	2: "IO",
	3: "WIO",
	4: "HWIO",
	5: "DHWIO",
};

function localName(variable: string, layer: string): string {
	const start = variable.lastIndexOf(`${layer}/`);
	return start >= 0 ? variable.slice(start + layer.length + 1) : variable;
}

function legacyLayers(group: Hdf5Group, reader: DatasetReader): WeightsByLayer {
	const stored = new LegacyWeights(group, reader);
	return new Map(stored.names().map((name) => [name, stored.variables(name)]));
}

/** Members of the root that are no part of the model. */
const BESIDE = new Set(["optimizer", "vars"]);

/** Every object of the tree that has variables of its own, by its path. */
function treeLayers(root: Hdf5Group, reader: DatasetReader): WeightsByLayer {
	const layers = new Map<string, StoredVariable[]>();
	const visit = (group: Hdf5Group, path: string) => {
		for (const name of group.names()) {
			const found = group.get(name);
			if (found instanceof Hdf5Dataset) {
				const variables = layers.get(path) ?? [];
				variables.push({ name, tensor: reader(found) });
				layers.set(path, variables);
			} else if (found) visit(found, name === "vars" ? path : path === "" ? name : `${path}/${name}`);
		}
	};
	for (const name of root.names()) {
		const group = root.group(name);
		// The list of a model's layers goes without saying.
		if (group && !BESIDE.has(name))
			visit(group, name === "layers" || name === "_layer_checkpoint_dependencies" ? "" : name);
	}
	for (const path of [...layers.keys()]) if (isGeneratorState(path)) layers.delete(path);
	return layers;
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
