import type { Attr, GraphLayer, ParamRef } from "../../graph/types";

/**
 * Who wrote the file: layer classes changed meaning between the generations (`DepthwiseConv2D`, `LayerNormalization`,
 * nested activations). Names and values of configurations are brought to the Keras 2 form before a translator sees
 * them (`nb_filter` is `filters`), so that `keras-1` only matters where the arithmetic differs.
 */
export type Dialect = "keras-1" | "keras-2" | "keras-3";

export type LayerConfig = Readonly<Record<string, Attr>>;

/** A tensor among the arguments of a call. */
export class TensorArgument {
	/** @param value name of the value in the graph */
	constructor(readonly value: string) {}
}

/** A slice among the arguments of a call (`x[:, 1:3]`): absent parts are `null`. */
export class SliceArgument {
	constructor(
		readonly start: CallArgument,
		readonly stop: CallArgument,
		readonly step: CallArgument,
	) {}
}

/** The `...` of `x[..., 0]`. */
export class EllipsisArgument {
	readonly ellipsis = true;
}

/** What a layer is called with: tensors, numbers, strings, and lists and dictionaries of them. `x[..., 0]` has an {@link EllipsisArgument}. */
export type CallArgument =
	| TensorArgument
	| SliceArgument
	| EllipsisArgument
	| number
	| boolean
	| string
	| null
	| undefined
	| readonly CallArgument[]
	| { readonly [name: string]: CallArgument };

/** All tensors in arguments, in the order in which Keras flattens them (dictionaries by sorted key). */
export function tensorsOf(argument: CallArgument): string[] {
	if (argument instanceof TensorArgument) return [argument.value];
	if (argument instanceof SliceArgument)
		return [argument.start, argument.stop, argument.step].flatMap((item) => tensorsOf(item));
	if (Array.isArray(argument)) return (argument as readonly CallArgument[]).flatMap((item) => tensorsOf(item));
	if (typeof argument !== "object" || argument === null) return [];
	const dictionary = argument as { readonly [name: string]: CallArgument };
	return Object.keys(dictionary)
		.sort()
		.flatMap((key) => tensorsOf(dictionary[key]));
}

export interface VariableOptions {
	/** Names among them that training does not change (statistics, counters). */
	nonTrainable?: readonly string[];
}

/** A layer kept inside another: what TimeDistributed wraps, the two directions of Bidirectional, the cell of an RNN. */
export interface SubLayer {
	readonly className: string;
	readonly name: string;
	readonly config: LayerConfig;
	/** As {@link LayerContext.variables}, among the variables of the inner layer. */
	variables<Name extends string>(names: readonly Name[], options?: VariableOptions): Record<Name, ParamRef>;
	/** A layer kept inside this one: `sub("cell")` of an LSTM. */
	sub(key: string, serialized?: Attr): SubLayer;
	/**
	 * Calls the inner layer with its own translator; its nodes belong to the outer layer.
	 * @returns its outputs
	 * @throws UnsupportedError when its class has no translator
	 */
	call(args: readonly CallArgument[], kwargs?: Readonly<Record<string, CallArgument>>): string[];
}

/** What is told of a value inside a layer. */
export interface PartDetails {
	/** What it is called in lists, where layers have their class; no class of Keras: `AttentionScores`. */
	readonly type: string;
	/** Values that it is made of. */
	readonly inputs: readonly string[];
	/** Its axis of channels, batch included (negative from the end). */
	readonly channels: number | "none";
	/** What it is before its activation: `^pre`. */
	readonly before?: string;
}

/**
 * One call of one layer, as its translator sees it. A layer that is called twice is translated twice;
 * `variables` gives the same weights each time.
 */
export interface LayerContext {
	/** Class without module and package: `Conv2D`. */
	readonly className: string;
	readonly config: LayerConfig;
	/** Own name. */
	readonly name: string;
	/** Path, nested models joined with `/`: what unit addresses use. */
	readonly path: string;
	readonly dialect: Dialect;
	/** Place in the file, for messages. */
	readonly where: string;
	/** `build_config` of Keras 3 files (the shapes that the layer was built with), `{}` otherwise. */
	readonly buildConfig: LayerConfig;
	/** Number of this call: 0 the first. */
	readonly call: number;
	/** Every tensor of `args` then `kwargs`, flattened: all that most layers need. Never empty. */
	readonly inputs: readonly string[];
	/** Positional arguments. A layer called with a list (`Concatenate()([a, b])`) has one argument that is a list. */
	readonly args: readonly CallArgument[];
	readonly kwargs: Readonly<Record<string, CallArgument>>;

	/** Number of variables of the layer itself, inner layers not counted when the container can tell them apart. */
	readonly variableCount: number;
	/**
	 * The layer's own variables, in the order in which Keras keeps them (trainable in order of creation, then the
	 * others): `variables(["gamma", "beta", "moving_mean", "moving_variance"])`. They are found by name where the
	 * container holds names, by position where it does not. Shapes are as stored.
	 * @throws UnreadableFileError when one is missing
	 */
	variables<Name extends string>(names: readonly Name[], options?: VariableOptions): Record<Name, ParamRef>;
	/**
	 * An inner layer. `key` is the attribute that holds it in Keras (`layer`, `forward_layer`, `cell`, `query_dense`,
	 * `cells/0`): it finds the weights in `.keras` files. `serialized` is its `{ class_name, config }`; where Keras
	 * serialises none (the dense layers of MultiHeadAttention), it is left out, and `name` says what the variables
	 * are called in `.h5` files (`query`).
	 */
	sub(key: string, serialized?: Attr, name?: string): SubLayer;

	/** Emits one op with one output; returns the name of its value. */
	emit(op: string, inputs: readonly string[], attrs?: LayerConfig, params?: Readonly<Record<string, ParamRef>>): string;
	/** Emits one op with several outputs. */
	emitMany(
		outputs: number,
		op: string,
		inputs: readonly string[],
		attrs?: LayerConfig,
		params?: Readonly<Record<string, ParamRef>>,
	): string[];
	/**
	 * Emits a fused activation as a node of its own and remembers the value before it (`^pre`). Takes what configurations
	 * hold: a name, a serialised function, a serialised layer, `null`. Linear emits nothing.
	 */
	activation(value: string, activation: Attr): string;
	/**
	 * An activation as data, for ops that apply it inside (gates of recurrent cells): the ops it is made of, to be applied
	 * in turn. Emits nothing; linear is an empty list.
	 * @throws UnsupportedError when it is unknown, or has weights
	 */
	activationOps(activation: Attr): readonly { readonly op: string; readonly attrs: LayerConfig }[];

	/** Mask (bool value) that Keras carries with a value, if any. */
	mask(value: string): string | undefined;
	/** Lets a mask travel with a value; layers that do not pass masks on do nothing. */
	setMask(value: string, mask: string | undefined): void;

	/**
	 * Axis of channels in the outputs, batch included: a number, `last`, `inherit` (that of the first input: what
	 * elementwise layers do; the default) or `none`.
	 */
	channels(axis: number | "last" | "inherit" | "none"): void;
	/**
	 * Names a value inside the layer, so that it can be addressed like the output of a layer: `attn/scores`.
	 * @param name below the layer
	 */
	part(name: string, value: string, details: PartDetails): void;
	/** The kernel that can be shown as pictures. */
	filters(kernel: ParamRef, layout: NonNullable<GraphLayer["filters"]>["layout"]): void;
	/** Something the person should know that does not stop the layer from being computed. */
	notice(message: string): void;
	/** Refuses the layer by name; the rest of the model still works. @throws UnsupportedError */
	unsupported(message: string, hint?: string): never;
}

/**
 * How the layers of some classes become graph nodes. One line in `layers/index.ts` registers it.
 * A translator throws (or calls `ctx.unsupported`) to refuse a layer: nodes it emitted in that call are dropped.
 */
export interface LayerTranslator {
	/** Class names, without module and package. For operations of `keras.ops` in functional graphs: `GetItem`, `Einsum`. */
	readonly classes: readonly string[];
	/**
	 * Emits the nodes of one call.
	 * @returns the output, or all outputs in the order in which Keras flattens them
	 */
	translate(ctx: LayerContext): string | readonly string[];
}

/** How a named activation function becomes nodes: `relu`, `softmax`. */
export type ActivationTranslator = (ctx: LayerContext, value: string) => string;
