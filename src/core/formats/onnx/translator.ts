import type { Attr, GraphLayer } from "../../graph/types";
import type { OnnxGraph } from "./proto/read-model";
import type { TensorSource } from "./tensors/tensor-source";

/** A weight that an op takes: of the file, or a value that the graph computes. */
export interface Param {
	/** Name of the value that holds it, as ONNX has it. */
	readonly name: string;
	/** Extents, when the file holds it or constants decide it. */
	readonly shape: readonly number[] | undefined;
}

/** Where the channels of an output are: an axis, the last one, as in the first input, or nowhere. */
export type ChannelAxis = number | "last" | "inherit" | "none";

export type FilterLayout = NonNullable<GraphLayer["filters"]>["layout"];

/**
 * One node of an ONNX graph while it becomes nodes in the terms of core/ops. Values are named strings; what comes of
 * `input` and `emit` goes into `emit` and is what a translator returns.
 */
export interface NodeContext {
	readonly opType: string;
	/** "" for the standard operators. */
	readonly domain: string;
	/** Version of the operator set of this node's domain. */
	readonly opset: number;
	/** How many inputs the node names, absent ones in between included. */
	readonly inputCount: number;
	readonly outputCount: number;
	/** Whether there is an input at an index: optional ones may be left out, or named "". */
	has(index: number): boolean;
	/** The value of an input. @throws UnsupportedError when it is missing */
	input(index: number): string;
	/** The values of all inputs that are there. */
	inputs(): string[];
	/** The numbers of an input that constants decide, with its shape. `undefined` for others. */
	constant(index: number): { readonly shape: readonly number[]; readonly data: readonly number[] } | undefined;
	/** The tensor behind an input that the file holds, unread. */
	source(index: number): TensorSource | undefined;
	/** An input as a param of an op. */
	param(index: number): Param;
	/** Whether inputs of the model have no part in an input: a weight, or computed of weights and shapes. */
	isFixed(index: number): boolean;
	/** Element type of an input by NumPy's name: `float32`, `int64`. */
	type(index: number): string;
	/** Number of axes of an input, when the file tells. */
	rank(index: number): number | undefined;

	/** Attributes, checked for their types. Without a fallback a missing one is refused. */
	int(name: string, fallback?: number): number;
	float(name: string, fallback?: number): number;
	text(name: string, fallback?: string): string;
	flag(name: string, fallback?: boolean): boolean;
	ints(name: string): number[] | undefined;
	floats(name: string): number[] | undefined;
	texts(name: string): string[] | undefined;
	tensor(name: string): TensorSource | undefined;
	graph(name: string): OnnxGraph;
	hasAttribute(name: string): boolean;

	/** Emits a node with one output. */
	emit(
		op: string,
		inputs: readonly string[],
		attrs?: Readonly<Record<string, Attr>>,
		params?: Readonly<Record<string, Param | undefined>>,
	): string;
	/** Emits a node with several outputs. */
	emitAll(
		op: string,
		outputs: number,
		inputs: readonly string[],
		attrs?: Readonly<Record<string, Attr>>,
		params?: Readonly<Record<string, Param | undefined>>,
	): string[];
	/**
	 * Emits a node with graphs inside, by name; what they take from around them is added to its inputs. Its outputs have
	 * the types of those of the first graph from `firstOutput` on.
	 */
	emitControl(
		op: string,
		outputs: number,
		inputs: readonly string[],
		attrs: Readonly<Record<string, Attr>>,
		bodies: readonly (readonly [string, OnnxGraph])[],
		firstOutput?: number,
	): string[];
	/** A constant as a value. */
	number(value: number, type?: "float32" | "int32" | "bool"): string;
	numbers(data: readonly number[], shape: readonly number[], type?: "float32" | "int32" | "bool"): string;
	/** Translates the nodes of an inner graph in place, its inputs bound to values. @returns the values of its outputs */
	inline(graph: OnnxGraph, inputs: readonly (string | TensorSource)[]): string[];

	/** Where the channels of the outputs are; without a call they are where the first input has them. */
	channels(axis: ChannelAxis): void;
	/** Element type of an output, where it is not that of the first input. */
	outputType(type: string, index?: number): void;
	/** The param that holds the layer's kernels, and the order of its axes. */
	filters(param: Param, layout: FilterLayout): void;
	/** An output that constants decide: it is computed when it is asked for, and can be a weight of other nodes. */
	constantOutput(tensor: TensorSource): void;
	/** Refuses the node by name; what does not depend on it still works. @throws UnsupportedError */
	unsupported(message: string, hint?: string): never;
}

/** Emits a node's ops. @returns its output, or all of them; nothing for outputs given by `constantOutput` */
export type OperatorTranslator = (ctx: NodeContext) => string | readonly (string | undefined)[] | undefined;

/** Translators of one family by operator: `Conv`, or with a domain `com.microsoft.Attention`. */
export type OperatorFamily = Readonly<Record<string, OperatorTranslator>>;
