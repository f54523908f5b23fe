import { UnreadableFileError } from "../../../../shared/errors";
import type { SymbolicShape } from "../../../../shared/model";
import type { DType } from "../../../../shared/tensor";
import { inferShapes } from "../../../graph/shapes";
import type { Attr, Graph, GraphLayer, GraphPort, ParamRef } from "../../../graph/types";
import { validateGraph } from "../../../graph/validate";
import type { OpenedModel } from "../../format";
import { isArray, member, textMember } from "../../json";
import type { StoredTensor, WeightFile } from "../../weight-file";
import type { LayerDescription, ModelDescription } from "../config/model-config";
import { isGeneratorState, type VariableScope } from "../variables/scope";
import { resolveChannelAxes } from "./channels";
import { GraphBuilder, type LayerRecord } from "./graph-builder";
import { isInput, ModelInstance } from "./model-instance";

/**
 * Makes a graph of a model's configuration and its variables.
 * @param scope of the whole model
 * @throws UnreadableFileError when configuration or wiring are wrong; layers that are not supported are marked in the graph
 */
export function assembleModel(
	description: ModelDescription,
	scope: VariableScope,
	weights: WeightFile,
	format: Graph["format"],
	notices: readonly string[],
): OpenedModel {
	const builder = new GraphBuilder(weights);
	for (const notice of notices) builder.notices.add(notice);
	if (description.layers.length === 0) throw new UnreadableFileError("The model has no layers.", description.where);
	const model = new ModelInstance(builder, description, scope, "", 0);
	const inputs = inputPorts(description, model);
	for (const port of inputs) builder.unique(port.value);
	const values = model.call(inputs.map((port) => port.value));
	for (const record of builder.layers) addRemainingWeights(builder, record);

	const makers = model.outputLayers();
	const names = uniqueNames(makers.map(({ path }) => path));
	const bare = values.map((value, index) => ({
		name: names[index] as string,
		value,
		shape: [],
		dtype: "float32" as const,
		layer: (makers[index] as LayerRecord).path,
	}));
	const axes = new Map<string, number>();
	const graph: Graph = {
		format,
		inputs,
		outputs: bare,
		nodes: builder.nodes,
		layers: builder.layers.map((record) => graphLayer(record, axes)),
		notices: [],
		passes: [],
	};
	validateGraph(graph);
	const shapes = inferShapes(graph);
	const rankOf = (value: string) => shapes.get(value)?.shape.length;
	for (const [path, axis] of resolveChannelAxes(builder.layers, inputs, rankOf)) axes.set(path, axis);
	const outputs = bare.map((port) => ({ ...port, ...shapes.get(port.value) }));
	return {
		graph: {
			...graph,
			outputs,
			layers: builder.layers.map((record) => graphLayer(record, axes)),
			notices: [...builder.notices],
		},
		weights,
	};
}

function graphLayer(record: LayerRecord, axes: ReadonlyMap<string, number>): GraphLayer {
	const { description, calls, weights, activation, filters, unsupported } = record;
	return {
		name: record.path,
		type: description.registeredName ?? description.className,
		depth: record.depth,
		calls,
		weights,
		config: description.config,
		...(activation !== undefined && { activation }),
		channelAxis: axes.get(record.path) ?? -1,
		...(filters && { filters }),
		...(unsupported && { unsupported }),
		where: description.where,
	};
}

/** Weights that no translator asked for: those of layers that are not supported. They are still shown. */
function addRemainingWeights(builder: GraphBuilder, record: LayerRecord): void {
	if (record.description.nested) return;
	const taken = [...record.params.values()];
	for (const { name, tensor } of record.scope.rest()) {
		if (isGeneratorState(name) || (taken.length > 0 && isStoredTwice(builder.weights, taken, tensor))) continue;
		builder.addWeight(record, localName(name, record.description.name), tensor, true);
	}
}

/** A wrapper that keeps its inner layer's kernel as an attribute of its own (SpectralNormalization) saves it twice. */
function isStoredTwice(weights: WeightFile, taken: readonly ParamRef[], tensor: StoredTensor): boolean {
	const alike = taken.filter(({ shape }) => shape.join() === tensor.shape.join());
	if (alike.length === 0) return false;
	const { data } = tensor.read();
	return alike.some(({ weight }) => {
		const other = weights.stored(weight).read().data;
		return data.length === other.length && data.every((value, index) => Object.is(value, other[index]));
	});
}

/** The part of a variable's name behind the name of its layer. */
function localName(name: string, layer: string): string {
	if (name.startsWith(`${layer}/`)) return name.slice(layer.length + 1);
	const within = name.indexOf(`/${layer}/`);
	return within < 0 ? name : name.slice(within + layer.length + 2);
}

function inputPorts(description: ModelDescription, model: ModelInstance): GraphPort[] {
	const layers = model.inputLayers();
	const names = uniqueNames(layers.map(({ path, description: layer }) => (isInput(layer) ? path : `${path}_input`)));
	return layers.map((record, index) => {
		const name = names[index] as string;
		const { shape, dtype } = declaredInput(record.description, description);
		return { name, value: name, shape, dtype, layer: record.path };
	});
}

/** Shape and type of an input: of its InputLayer, of the first layer inside, or what the model was built with. */
function declaredInput(layer: LayerDescription, model: ModelDescription): { shape: SymbolicShape; dtype: DType } {
	const { config, where } = layer;
	const declared = member(config, "batch_shape") ?? member(config, "batch_input_shape");
	if (isArray(declared)) return { shape: symbolicShape(declared, where), dtype: inputType(config.dtype) };
	const shape = member(config, "input_shape");
	if (isArray(shape)) return { shape: symbolicShape([null, ...shape], where), dtype: inputType(config.dtype) };
	if (typeof config.input_dim === "number" && layer.className !== "Embedding")
		return { shape: [null, config.input_dim], dtype: "float32" };
	const first = layer.nested?.layers[0];
	if (layer.nested?.kind === "sequential" && first) return declaredInput(first, layer.nested);
	const nestedInput = layer.nested?.inputs[0];
	const nestedLayer = layer.nested?.layers.find(({ name }) => name === nestedInput?.layer);
	if (layer.nested && nestedLayer) return declaredInput(nestedLayer, layer.nested);
	const built = model.builtShape ?? member(layer.buildConfig, "input_shape");
	if (isArray(built)) return { shape: symbolicShape(built, where), dtype: "float32" };
	throw new UnreadableFileError(
		`The shape of the input is not in the file: the first layer "${layer.name}" does not declare it.`,
		where,
		"Begin the model with an Input layer, or call it once before it is saved.",
	);
}

function symbolicShape(shape: readonly Attr[], where: string): SymbolicShape {
	// Keras 3 may wrap shapes of legacy files in tuples or lists of one shape.
	const inner = shape.length === 1 && isArray(shape[0]) ? shape[0] : shape;
	return inner.map((extent) => {
		if (extent === null || extent === undefined) return null;
		if (typeof extent === "number" && Number.isInteger(extent) && extent >= 0 && extent < 2 ** 31) return extent;
		throw new UnreadableFileError(`The shape of the input, ${JSON.stringify(shape)}, is none.`, where);
	});
}

function inputType(dtype: Attr): DType {
	const name = typeof dtype === "string" ? dtype : (textMember(member(dtype, "config"), "name") ?? "float32");
	if (/^u?int/.test(name)) return "int32";
	return name === "bool" ? "bool" : "float32";
}

/** `lstm`, `lstm:1`, `lstm:2`: a layer may make several outputs of the model. */
function uniqueNames(names: readonly string[]): string[] {
	const counts = new Map<string, number>();
	return names.map((name) => {
		const count = counts.get(name) ?? 0;
		counts.set(name, count + 1);
		return count === 0 ? name : `${name}:${count}`;
	});
}
