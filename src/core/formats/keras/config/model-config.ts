import { UnreadableFileError } from "../../../../shared/errors";
import type { Attr } from "../../../graph/types";
import { isArray, isObject, type JsonObject, member, textMember } from "../../json";
import type { Dialect, LayerConfig } from "../translator";
import { argumentsOf, type SerializedCall, TensorReference } from "./arguments";
import { modernized } from "./keras1";

/** A model as its configuration tells it. */
export interface ModelDescription {
	readonly className: string;
	readonly name: string;
	readonly kind: "sequential" | "functional";
	readonly dialect: Dialect;
	readonly layers: readonly LayerDescription[];
	/** Functional models: what is fed and what comes out, flattened as Keras does. */
	readonly inputs: readonly TensorReference[];
	readonly outputs: readonly TensorReference[];
	/** What the weights were computed with, where it is told: Theano turned the kernels of convolutions around. */
	readonly backend: string | undefined;
	/** Sequential models without an InputLayer: the shape that they were built with, when it is told. */
	readonly builtShape: readonly Attr[] | undefined;
	readonly where: string;
}

export interface LayerDescription {
	/** Without package and module: `Conv2D`. */
	readonly className: string;
	/** `lab>Twist` for a class that the training code registered. */
	readonly registeredName: string | undefined;
	readonly name: string;
	readonly config: LayerConfig;
	readonly buildConfig: LayerConfig;
	/** An operation of `keras.ops`, which is no layer: it has no weights and is not counted among layers. */
	readonly isOperation: boolean;
	/** Its calls in a functional model. */
	readonly calls: readonly SerializedCall[];
	readonly nested: ModelDescription | undefined;
	readonly where: string;
}

/**
 * Reads `{ class_name, config }` of a model.
 * @param where of the configuration in the file: `model_config`
 * @throws UnreadableFileError when it is not the configuration of a Sequential or a functional model
 */
export function describeModel(serialized: Attr, dialect: Dialect, where: string, backend?: string): ModelDescription {
	const className = plainName(textMember(serialized, "class_name") ?? "");
	const config = member(serialized, "config");
	const layerConfigs = isArray(config) ? config : member(config, "layers");
	if (!isArray(layerConfigs)) {
		throw new UnreadableFileError(
			`The configuration of the model ("${className}") lists no layers: only Sequential and functional models describe themselves.`,
			where,
		);
	}
	const place = isArray(config) ? `${where}/config` : `${where}/config/layers`;
	const layers = layerConfigs.map((layer, index) => describeLayer(layer, dialect, `${place}/${index}`, index, backend));
	const names = new Set<string>();
	for (const { name, where } of layers) {
		if (names.has(name)) throw new UnreadableFileError(`Two layers are called "${name}".`, where);
		names.add(name);
	}
	const inputs = member(config, "input_layers");
	const outputs = member(config, "output_layers");
	const isFunctional = inputs !== undefined && outputs !== undefined;
	const built = member(config, "build_input_shape") ?? member(member(serialized, "build_config"), "input_shape");
	return {
		className,
		name: textMember(config, "name") ?? "model",
		kind: isFunctional ? "functional" : "sequential",
		dialect,
		backend,
		layers,
		inputs: isFunctional ? references(inputs, `${where}/config/input_layers`) : [],
		outputs: isFunctional ? references(outputs, `${where}/config/output_layers`) : [],
		builtShape: isArray(built) ? built : undefined,
		where,
	};
}

function describeLayer(
	serialized: Attr,
	dialect: Dialect,
	where: string,
	index: number,
	backend: string | undefined,
): LayerDescription {
	const fullName = textMember(serialized, "class_name");
	const given = member(serialized, "config");
	if (fullName === undefined || (!isObject(given) && !isArray(given))) {
		throw new UnreadableFileError(
			`Entry ${index} of the layers is not a layer: it has no class_name and config.`,
			where,
		);
	}
	const registered = textMember(serialized, "registered_name");
	const module = textMember(serialized, "module") ?? "";
	const isHomeless = member(serialized, "module") === null;
	const className = plainName(fullName);
	const isModel = isArray(given) || isArray(member(given, "layers"));
	const layer = isObject(given) ? modernized(className, given, dialect) : { className, config: {} as JsonObject };
	const buildConfig = member(serialized, "build_config");
	return {
		className: layer.className,
		registeredName: customName(fullName, registered, module, isHomeless),
		name: textMember(serialized, "name") ?? textMember(given, "name") ?? `${className.toLowerCase()}_${index}`,
		config: layer.config,
		buildConfig: isObject(buildConfig) ? buildConfig : {},
		isOperation: module.startsWith("keras.src.ops") || module.startsWith("keras.ops"),
		calls: argumentsOf(member(serialized, "inbound_nodes"), where),
		nested: isModel ? describeModel(serialized, dialect, where, backend) : undefined,
		where,
	};
}

/**
 * `lab>Twist` is a class that the training code registered; one that it did not register has no module in Keras 3.
 * Keras' own classes are registered under no package.
 */
function customName(
	className: string,
	registered: string | undefined,
	module: string,
	isHomeless: boolean,
): string | undefined {
	if (className.includes(">")) return className;
	if (registered?.includes(">") || (isHomeless && registered !== undefined)) return registered;
	const isKeras = module === "" || /^(keras|tf_keras|tensorflow|builtins)\b/.test(module);
	return isKeras ? undefined : `${module}.${className}`;
}

function plainName(className: string): string {
	return className.slice(className.lastIndexOf(">") + 1);
}

/** `["a", 0, 0]`, a list of such, or a dictionary of such, flattened as Keras does: dictionaries by sorted key. */
function references(value: Attr, where: string): TensorReference[] {
	const reference = TensorReference.from(value);
	if (reference) return [reference];
	if (isArray(value)) return value.flatMap((item, index) => references(item, `${where}/${index}`));
	if (isObject(value)) {
		return Object.keys(value)
			.sort()
			.flatMap((key) => references(value[key], `${where}/${key}`));
	}
	throw new UnreadableFileError("An input or output of the model is not a reference to a layer.", where);
}

/** The class of a model that does not describe its layers, because its own code builds them; `undefined` for others. */
export function subclassOf(serialized: Attr): string | undefined {
	const config = member(serialized, "config");
	if (isArray(config) || isArray(member(config, "layers"))) return undefined;
	const className = textMember(serialized, "registered_name") ?? textMember(serialized, "class_name");
	return className === undefined || /^(Sequential|Functional|Model)$/.test(className) ? undefined : className;
}

/** Which generation of Keras wrote a configuration: by its version where one is told, else by the words it uses. */
export function dialectOf(serialized: Attr, version: string | undefined): Dialect {
	const major = /^(\d+)\./.exec(version ?? "")?.[1];
	if (major === "3" || major === "1") return `keras-${major}`;
	if (major === "2") return "keras-2";
	const text = JSON.stringify(serialized);
	if (/"batch_shape":|"__keras_tensor__"|"keras\.src\./.test(text)) return "keras-3";
	if (
		/"(nb_filter|border_mode|output_dim)":/.test(text) &&
		/"(W_regularizer|init|dim_ordering|inner_init)":/.test(text)
	)
		return "keras-1";
	return "keras-2";
}
