import type { Node } from "web-tree-sitter";
import { ImportedNames, isKeras } from "./imports";
import type { FileSite, LayerSite, ModelSite, SourceRange, TrainingCode } from "./types";

/** Parameter names of the first positional arguments, for the classes whose size they tell. */
const POSITIONAL: Readonly<Record<string, readonly string[]>> = {
	Conv1D: ["filters", "kernel_size", "strides", "padding"],
	Conv2D: ["filters", "kernel_size", "strides", "padding"],
	Conv3D: ["filters", "kernel_size", "strides", "padding"],
	Conv2DTranspose: ["filters", "kernel_size", "strides", "padding"],
	SeparableConv2D: ["filters", "kernel_size", "strides", "padding"],
	DepthwiseConv2D: ["kernel_size", "strides", "padding"],
	Dense: ["units", "activation"],
	LSTM: ["units"],
	GRU: ["units"],
	SimpleRNN: ["units"],
	Embedding: ["input_dim", "output_dim"],
	Activation: ["activation"],
	Dropout: ["rate"],
	MaxPooling2D: ["pool_size", "strides", "padding"],
	AveragePooling2D: ["pool_size", "strides", "padding"],
};

/** Other names that Keras exports a layer class under. */
const ALIASES: Readonly<Record<string, string>> = {
	Convolution1D: "Conv1D",
	Convolution2D: "Conv2D",
	Convolution3D: "Conv3D",
	Convolution2DTranspose: "Conv2DTranspose",
	SeparableConvolution2D: "SeparableConv2D",
	DepthwiseConvolution2D: "DepthwiseConv2D",
	MaxPool1D: "MaxPooling1D",
	MaxPool2D: "MaxPooling2D",
	MaxPool3D: "MaxPooling3D",
	AvgPool1D: "AveragePooling1D",
	AvgPool2D: "AveragePooling2D",
	AvgPool3D: "AveragePooling3D",
	GlobalAvgPool1D: "GlobalAveragePooling1D",
	GlobalAvgPool2D: "GlobalAveragePooling2D",
	GlobalMaxPool1D: "GlobalMaxPooling1D",
	GlobalMaxPool2D: "GlobalMaxPooling2D",
	Input: "InputLayer",
};

const SAVES = new Set(["save", "save_model", "export_savedmodel", "save_keras_model"]);

/** Reads Keras training code: layers, models and the files they are saved to and loaded from. */
export function readKerasCode(root: Node): TrainingCode {
	const names = new ImportedNames(root);
	const code: TrainingCode = { layers: [], models: [], files: [] };
	for (const call of root.descendantsOfType("call")) {
		const callee = call?.childForFieldName("function");
		if (!call || !callee) continue;
		const dotted = names.resolve(callee);
		const last = dotted.slice(dotted.lastIndexOf(".") + 1);
		const layer = layerSite(call, callee, dotted, last);
		if (layer) code.layers.push(layer);
		const model = modelSite(call, dotted, last);
		if (model) code.models.push(model);
		const file = fileSite(call, callee, dotted, last);
		if (file) code.files.push(file);
	}
	for (const definition of root.descendantsOfType("class_definition")) {
		const model = definition && subclassSite(definition, names);
		if (model) code.models.push(model);
	}
	return code;
}

function layerSite(call: Node, callee: Node, dotted: string, last: string): LayerSite | undefined {
	const isInput = isKeras(dotted) && last === "Input";
	if (!isInput && !(isKeras(dotted) && /\.layers\.(\w+\.)*[A-Z]\w*$/.test(dotted))) return undefined;
	const className = ALIASES[last] ?? last;
	const named = callee.type === "attribute" ? (callee.childForFieldName("attribute") ?? callee) : callee;
	const site: LayerSite = {
		className,
		range: rangeOf(named),
		callRange: rangeOf(call),
		arguments: {},
		repeats: isRepeated(call),
	};
	const positional = POSITIONAL[className] ?? [];
	let index = 0;
	for (const argument of argumentsOf(call)) {
		if (argument.type === "keyword_argument") {
			const key = argument.childForFieldName("name")?.text ?? "";
			const value = argument.childForFieldName("value");
			if (!value) continue;
			if (key === "name") Object.assign(site, nameOf(value));
			else if (isLiteral(value)) site.arguments[key] = literalText(value);
		} else {
			const key = positional[index++];
			if (key && isLiteral(argument)) site.arguments[key] = literalText(argument);
		}
	}
	return site;
}

function modelSite(call: Node, dotted: string, last: string): ModelSite | undefined {
	if (!isKeras(dotted) || (last !== "Sequential" && last !== "Model")) return undefined;
	const site: ModelSite = { kind: last === "Sequential" ? "sequential" : "functional", range: rangeOf(call) };
	const variable = assignedTo(call);
	if (variable) site.variable = variable;
	const name = keyword(call, "name");
	if (name?.type === "string") site.name = literalText(name);
	return site;
}

function subclassSite(definition: Node, names: ImportedNames): ModelSite | undefined {
	const bases = definition.childForFieldName("superclasses")?.namedChildren ?? [];
	if (!bases.some((base) => base && /\.(Model|Sequential)$/.test(names.resolve(base)) && isKeras(names.resolve(base))))
		return undefined;
	const name = definition.childForFieldName("name");
	return { kind: "subclass", range: rangeOf(name ?? definition), ...(name && { variable: name.text }) };
}

function fileSite(call: Node, callee: Node, dotted: string, last: string): FileSite | undefined {
	if (last === "load_model" && (isKeras(dotted) || dotted === "load_model")) {
		return withDefined({
			kind: "load",
			path: pathArgument(call, 0, "filepath"),
			variable: assignedTo(call),
			range: rangeOf(call),
		});
	}
	if (!SAVES.has(last)) return undefined;
	if (isKeras(dotted) || dotted.includes("tensorflowjs")) {
		const [model] = argumentsOf(call);
		return withDefined({
			kind: "save",
			path: pathArgument(call, 1, "filepath"),
			variable: model?.text,
			range: rangeOf(call),
		});
	}
	// `model.save("digits.keras")`: any object's `save` with a model file's name.
	const path = pathArgument(call, 0, "filepath");
	if (callee.type !== "attribute" || last !== "save" || !path || !/\.(keras|h5|hdf5)$/.test(path)) return undefined;
	return withDefined({ kind: "save", path, variable: callee.childForFieldName("object")?.text, range: rangeOf(call) });
}

/** Drops the fields that are not known. */
function withDefined(site: {
	kind: FileSite["kind"];
	path: string | undefined;
	variable: string | undefined;
	range: SourceRange;
}): FileSite {
	return {
		kind: site.kind,
		range: site.range,
		...(site.path !== undefined && { path: site.path }),
		...(site.variable !== undefined && { variable: site.variable }),
	};
}

function argumentsOf(call: Node): Node[] {
	const list = call.childForFieldName("arguments");
	return (list?.namedChildren ?? []).filter((child): child is Node => child !== null && child.type !== "comment");
}

function keyword(call: Node, name: string): Node | undefined {
	const found = argumentsOf(call).find(
		(argument) => argument.type === "keyword_argument" && argument.childForFieldName("name")?.text === name,
	);
	return found?.childForFieldName("value") ?? undefined;
}

function pathArgument(call: Node, index: number, name: string): string | undefined {
	const node =
		keyword(call, name) ?? argumentsOf(call).filter((argument) => argument.type !== "keyword_argument")[index];
	return node?.type === "string" && !hasInterpolation(node) ? literalText(node) : undefined;
}

/** A plain name, or for an f-string the pattern of the names it can make. */
function nameOf(value: Node): { name?: string; namePattern?: string } {
	if (value.type !== "string") return {};
	if (!hasInterpolation(value)) return { name: literalText(value) };
	let pattern = "";
	for (const part of value.namedChildren) {
		if (part?.type === "string_content") pattern += part.text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
		else if (part?.type === "interpolation") pattern += ".+";
	}
	return { namePattern: `^${pattern}$` };
}

function hasInterpolation(node: Node): boolean {
	return node.namedChildren.some((child) => child?.type === "interpolation");
}

function isLiteral(node: Node): boolean {
	if (node.type === "string") return !hasInterpolation(node);
	if (node.type === "tuple" || node.type === "list")
		return node.namedChildren.every((child) => child !== null && isLiteral(child));
	if (node.type === "unary_operator") return node.namedChildren.every((child) => child !== null && isLiteral(child));
	return ["integer", "float", "true", "false", "none"].includes(node.type);
}

function literalText(node: Node): string {
	if (node.type !== "string") return node.text;
	return node.namedChildren
		.filter((child) => child?.type === "string_content")
		.map((child) => child?.text ?? "")
		.join("");
}

/** The variable that a call's value goes to: `model = keras.Sequential(...)`. */
function assignedTo(call: Node): string | undefined {
	const parent = call.parent;
	if (parent?.type !== "assignment" || parent.childForFieldName("right")?.id !== call.id) return undefined;
	return parent.childForFieldName("left")?.text;
}

/** In a loop, a comprehension, or a function that makes no model itself (a block builder): may run several times. */
function isRepeated(node: Node): boolean {
	for (let at = node.parent; at; at = at.parent) {
		if (/^(for_statement|while_statement|list_comprehension|generator_expression|lambda)$/.test(at.type)) return true;
		if (at.type === "class_definition") return false;
		if (at.type === "function_definition") {
			const isMethod = at.parent?.parent?.type === "class_definition";
			return !isMethod && !/\b(Sequential|Model)\s*\(/.test(at.text);
		}
	}
	return false;
}

function rangeOf(node: Node): SourceRange {
	return {
		startLine: node.startPosition.row,
		startColumn: node.startPosition.column,
		endLine: node.endPosition.row,
		endColumn: node.endPosition.column,
	};
}
