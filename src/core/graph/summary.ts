import { statSync } from "node:fs";
import { basename, dirname, extname, resolve } from "node:path";
import type { LayerSummary, ModelSummary, PortSummary, SymbolicShape } from "../../shared/model";
import { sizeOf } from "../../shared/tensor";
import { isStoredType, sizeOfType } from "../formats/bytes/elements";
import type { OpenedModel } from "../formats/format";
import { describeConfig } from "./describe-config";
import { type InferredShapes, inferShapes } from "./shapes";
import type { Graph, GraphLayer, GraphPort } from "./types";

/**
 * What is told about a model before anything is computed: no weight is read.
 * @param path of the file it was opened from
 */
export async function summarize({ graph, weights }: OpenedModel, path: string): Promise<ModelSummary> {
	const shapes = inferShapes(graph);
	const makers = new Makers(graph);
	const own = new Map(graph.layers.map((layer) => [layer.name, ownParameters(layer)]));
	const port = ({ name, shape, dtype, layer, fixed }: GraphPort): PortSummary => ({
		name,
		shape,
		dtype,
		layer,
		...(fixed && { fixed }),
	});
	const file = resolve(path);
	return {
		path: file,
		name: modelName(file),
		format: graph.format,
		bytes: statSync(file).size + (graph.format.id === "tfjs-layers" ? storedBytes(weights.list()) : 0),
		parameters: [...own.values()].reduce((total, count) => total + count, 0),
		inputs: graph.inputs.map(port),
		outputs: graph.outputs.map(port),
		layers: graph.layers.map((layer, index) => summarizeLayer(graph, layer, index, shapes, makers, own)),
		notices: graph.notices,
	};
}

function summarizeLayer(
	graph: Graph,
	layer: GraphLayer,
	index: number,
	shapes: InferredShapes,
	makers: Makers,
	own: ReadonlyMap<string, number>,
): LayerSummary {
	const outputs = layer.calls[0]?.outputs ?? [];
	const known = outputs.map((value) => shapes.get(value)?.shape);
	const blockage = outputs.map((value) => shapes.blocked.get(value)).find((found) => found !== undefined);
	const isOwn = blockage?.layer === layer.name || blockage?.layer.startsWith(`${layer.name}/`);
	const unsupported = layer.unsupported ?? (blockage && isOwn ? blockage.error : undefined);
	return {
		name: layer.name,
		type: layer.type,
		shapes: known.every((shape): shape is SymbolicShape => shape !== undefined) ? known : [],
		parameters: (own.get(layer.name) ?? 0) + nestedParameters(graph, index, own),
		depth: layer.depth,
		inputs: makers.inputsOf(index),
		calls: layer.calls.length,
		...(layer.activation !== undefined && { activation: layer.activation }),
		config: describeConfig(layer.config),
		weights: layer.weights,
		channelAxis: layer.channelAxis,
		hasFilters: layer.filters !== undefined,
		...(unsupported && { unsupported }),
		...(blockage && !unsupported && { blockedBy: blockage.layer }),
		where: layer.where,
	};
}

function ownParameters(layer: GraphLayer): number {
	return layer.weights.reduce((total, weight) => total + sizeOf(weight.shape), 0);
}

/** Parameters of the layers inside a nested model, which follow it and lie deeper. */
function nestedParameters(graph: Graph, index: number, own: ReadonlyMap<string, number>): number {
	const depth = graph.layers[index]?.depth ?? 0;
	let total = 0;
	for (let next = index + 1; (graph.layers[next]?.depth ?? -1) > depth; next++)
		total += own.get((graph.layers[next] as GraphLayer).name) ?? 0;
	return total;
}

/** Which layers make a value: a nested model and the layer inside it make the same. */
class Makers {
	private readonly makers = new Map<string, number[]>();

	constructor(private readonly graph: Graph) {
		for (const [index, layer] of graph.layers.entries()) {
			for (const value of new Set(layer.calls.flatMap((call) => call.outputs))) {
				const known = this.makers.get(value);
				if (known) known.push(index);
				else this.makers.set(value, [index]);
			}
		}
	}

	/** Names of the layers whose outputs a layer takes: of those that make the same value, the one beside it. */
	inputsOf(index: number): string[] {
		const layer = this.graph.layers[index];
		if (!layer) return [];
		const parent = parentOf(layer);
		const names = new Set<string>();
		for (const value of new Set(layer.calls.flatMap((call) => call.inputs))) {
			const candidates = (this.makers.get(value) ?? []).filter((maker) => maker !== index && maker >= 0);
			const siblings = candidates.filter((maker) => parentOf(this.graph.layers[maker] as GraphLayer) === parent);
			const before = siblings.filter((maker) => maker < index);
			const chosen = before.at(-1) ?? siblings[0] ?? candidates.filter((maker) => maker < index).at(-1);
			const name = chosen === undefined ? undefined : this.graph.layers[chosen]?.name;
			if (name !== undefined) names.add(name);
		}
		return [...names];
	}
}

/** Layer names may contain slashes, so the parent is told by the place in the file. */
function parentOf(layer: GraphLayer): string {
	return layer.where.slice(0, layer.where.lastIndexOf("/"));
}

function modelName(file: string): string {
	const name = basename(file, extname(file));
	return name === "model" ? basename(dirname(file)) : name;
}

function storedBytes(weights: readonly { shape: readonly number[]; dtype: string }[]): number {
	return weights.reduce(
		(total, { shape, dtype }) => total + sizeOf(shape) * (isStoredType(dtype) ? sizeOfType(dtype) : 4),
		0,
	);
}
