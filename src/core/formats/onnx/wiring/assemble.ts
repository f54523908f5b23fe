import { UnreadableFileError } from "../../../../shared/errors";
import { inferShapes } from "../../../graph/shapes";
import type { Graph, GraphLayer, GraphNode, GraphPort, LayerCall } from "../../../graph/types";
import { validateGraph } from "../../../graph/validate";
import type { OpenedModel } from "../../format";
import type { WeightFile } from "../../weight-file";
import type { OnnxModel } from "../proto/read-model";
import { isIndependent } from "./batch";
import { resolveChannelAxes } from "./channels";
import { layerNames } from "./layer-names";
import { type LayerRecord, ModelBuilder } from "./model-builder";
import { type DeclaredInput, declaredInputs, withExamples } from "./ports";
import { Scope } from "./scope";
import { GraphTranslation } from "./translate-graph";

/**
 * Makes a graph of an ONNX model.
 * @throws UnreadableFileError when the wiring is wrong; operators that are not supported are marked in the graph
 */
export function assembleModel(
	model: OnnxModel,
	weights: WeightFile,
	format: Graph["format"],
	file: string,
): OpenedModel {
	const builder = new ModelBuilder(weights);
	const scope = new Scope();
	const declared = declaredInputs(model.graph, file);
	reserveNames(builder, model);
	for (const { port, type } of declared) {
		builder.layer(port.layer, `${file}, input "${port.name}"`);
		builder.varying.add(port.value);
		scope.bind(port.name, { value: port.value, type, shape: port.shape });
	}
	const names = layerNames(model.graph.nodes);
	const inputNames = new Set(declared.map(({ port }) => port.layer));
	const layerOf = (index: number) => {
		const name = names[index] as string;
		const node = model.graph.nodes[index]?.name ?? "";
		return builder.layer(inputNames.has(name) ? `${name}/node` : name, `${file}, node "${node}"`);
	};
	new GraphTranslation(builder, model, file).translate(model.graph, scope, layerOf);
	const outputs = outputPorts(builder, model, scope, file);
	const nodes = builder.finishedNodes();
	const graph: Graph = {
		format,
		inputs: declared.map(({ port }) => port),
		outputs: outputs.map((port) => ({ ...port, layer: layerOfValue(nodes, declared, port.value) })),
		nodes,
		layers: graphLayers(builder, nodes, outputs, declared),
		notices: [],
		passes: [],
	};
	validateGraph(graph);
	return { graph: finished(graph, declared, builder), weights };
}

/** What inference of shapes tells: whether the batch is free, the shapes of outputs, the axes of channels. */
function finished(graph: Graph, declared: readonly DeclaredInput[], builder: ModelBuilder): Graph {
	const withBatch = withExamples(declared).find((ports) => isIndependent(graph, ports));
	const inputs =
		withBatch?.map((port) => (port.fixed ? port : { ...port, shape: [null, ...port.shape.slice(1)] })) ??
		declared.map(({ port }): GraphPort => ({ ...port, fixed: true }));
	// Shapes are remembered by the list of nodes: this list belongs to these inputs.
	const settled = { ...graph, inputs, nodes: [...graph.nodes] };
	const shapes = inferShapes(settled);
	const channelAxes = resolveChannelAxes(builder.axisRules, settled, (value) => shapes.get(value)?.shape.length);
	return {
		...settled,
		outputs: graph.outputs.map((port) => ({ ...port, ...shapes.get(port.value) })),
		layers: graph.layers.map((layer) => ({
			...layer,
			channelAxis: channelAxes[layer.calls[0]?.outputs[0] ?? layer.name] ?? -1,
		})),
		channelAxes,
		notices: withBatch || inputs.length === 0 ? [] : [FIXED_NOTICE],
	};
}

const FIXED_NOTICE =
	"The file fixes the shapes of its inputs, the number of examples included: it is computed in these shapes only.";

function reserveNames(builder: ModelBuilder, { graph }: OnnxModel): void {
	for (const { name } of graph.inputs) builder.reserve(name ?? "");
	for (const node of graph.nodes) for (const name of [node.name ?? "", ...(node.output ?? [])]) builder.reserve(name);
}

function outputPorts(builder: ModelBuilder, { graph }: OnnxModel, scope: Scope, file: string): GraphPort[] {
	return graph.outputs.map(({ name = "" }) => {
		const binding = scope.find(name);
		if (!binding) throw new UnreadableFileError(`Nothing makes the output "${name}".`, file, "Export the model again.");
		const layer = builder.layer(binding.value === undefined ? name : "", file);
		const value = binding.value ?? builder.valueOf(binding, layer);
		if (layer.name === "") builder.layers.delete("");
		return { name, value: builder.nameOf(value), shape: [], dtype: "float32", layer: "" };
	});
}

function layerOfValue(nodes: readonly GraphNode[], inputs: readonly DeclaredInput[], value: string): string {
	const port = inputs.find((input) => input.port.value === value);
	return port?.port.layer ?? nodes.find(({ outputs }) => outputs.includes(value))?.layer ?? "";
}

/** Layers in reading order. Their inputs and outputs are the values that cross their borders. */
function graphLayers(
	builder: ModelBuilder,
	nodes: readonly GraphNode[],
	outputs: readonly GraphPort[],
	inputs: readonly DeclaredInput[],
): GraphLayer[] {
	const ofLayer = new Map<string, GraphNode[]>();
	const readers = new Map<string, Set<string>>();
	for (const node of nodes) {
		ofLayer.set(node.layer, [...(ofLayer.get(node.layer) ?? []), node]);
		for (const value of [...node.inputs, ...Object.values(node.paramValues ?? {})])
			readers.set(value, (readers.get(value) ?? new Set()).add(node.layer));
	}
	const results = new Set(outputs.map(({ value }) => value));
	const inputLayers = new Map(inputs.map(({ port }) => [port.layer, port]));
	return [...builder.layers.values()].flatMap((record): GraphLayer[] => {
		const port = inputLayers.get(record.name);
		const own = ofLayer.get(record.name) ?? [];
		if (port) return [layerOf(record, "Input", [{ inputs: [], outputs: [port.value], nodes: [] }])];
		// A layer of nothing but constants of the file is none.
		if (own.length === 0) return [];
		const made = new Set(own.flatMap((node) => node.outputs));
		const isSeen = (value: string) =>
			results.has(value) || [...(readers.get(value) ?? [])].some((layer) => layer !== record.name);
		const last = [...own].reverse().find((node) => node.outputs.some(isSeen)) ?? (own.at(-1) as GraphNode);
		const shown = [
			...last.outputs,
			...own.filter((node) => node !== last).flatMap((node) => node.outputs.filter(isSeen)),
		];
		const taken = own.flatMap((node) => [...node.inputs, ...Object.values(node.paramValues ?? {})]);
		const call: LayerCall = {
			inputs: [...new Set(taken.filter((value) => !made.has(value)))],
			outputs: shown,
			nodes: own.map(({ id }) => id),
		};
		return [
			layerOf(
				record,
				record.operators.length <= 3 ? record.operators.join(" + ") : `${record.operators.length} operators`,
				[call],
			),
		];
	});
}

function layerOf(record: LayerRecord, type: string, calls: readonly LayerCall[]): GraphLayer {
	return {
		name: record.name,
		type,
		depth: 0,
		calls,
		weights: record.weights,
		config: record.config,
		channelAxis: -1,
		...(record.filters && { filters: record.filters }),
		where: record.where,
	};
}
