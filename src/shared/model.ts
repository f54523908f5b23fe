import type { LaminaErrorData } from "./errors";
import type { DType } from "./tensor";

/** Extents outermost first; `null` is free (the batch, or what the input decides). */
export type SymbolicShape = readonly (number | null)[];

export interface PortSummary {
	name: string;
	shape: SymbolicShape;
	dtype: DType;
	/** Layer that makes this output or takes this input. */
	layer: string;
	/** An input whose first axis does not count examples. */
	fixed?: true;
}

export interface WeightSummary {
	name: string;
	shape: readonly number[];
	/** As stored in the file: `float32`, `float16`, `int64` ... */
	dtype: string;
	trainable: boolean;
}

export interface LayerSummary {
	/** Path of the layer, nested models joined with `/`. Unique in the model; what unit addresses use. */
	name: string;
	/** Class as the file names it: `Conv2D`. */
	type: string;
	/** Shape of each output; empty when it is not known (an unsupported layer, or one behind it). */
	shapes: readonly SymbolicShape[];
	parameters: number;
	/** Nesting depth: 0 at the top, 1 inside a nested model. */
	depth: number;
	/** Layers whose outputs this one takes. */
	inputs: readonly string[];
	/** How often the layer is called (shared layers: more than once). */
	calls: number;
	activation?: string;
	/** What matters of the configuration, for display: `kernel_size: 3x3`. */
	config: Readonly<Record<string, string>>;
	weights: readonly WeightSummary[];
	/** Axis of channels in the layer's output, batch included; -1 when it has none. */
	channelAxis: number;
	/** Has kernels that can be shown as pictures. */
	hasFilters: boolean;
	/** Why it cannot be computed; layers that do not depend on it still work. */
	unsupported?: LaminaErrorData;
	/** Why its output cannot be computed though the layer itself is known: a layer before it is unsupported. */
	blockedBy?: string;
	/** Place in the file: `model_config/config/layers/3`. */
	where: string;
}

export interface ModelSummary {
	/** Absolute path of the model file. */
	path: string;
	name: string;
	/** `keras-h5`, `keras-v3`, `tfjs-layers` ... and a title for people: `Keras 3`. */
	format: { id: string; title: string; producer?: string };
	bytes: number;
	parameters: number;
	inputs: readonly PortSummary[];
	outputs: readonly PortSummary[];
	/** In reading order. */
	layers: readonly LayerSummary[];
	/** Things the person should know: a sidecar that does not fit, an optimiser that was left out. */
	notices: readonly string[];
}

export interface Histogram {
	/** n + 1 edges, ascending. */
	edges: readonly number[];
	counts: readonly number[];
}

export interface TensorStatistics {
	count: number;
	mean: number;
	std: number;
	min: number;
	max: number;
	/** Euclidean norm. */
	norm: number;
	/** Share of exact zeros, 0 to 1. */
	sparsity: number;
	nan: number;
	infinite: number;
	histogram: Histogram;
}

export interface LayerStatistics {
	layer: string;
	weights: { name: string; statistics: TensorStatistics }[];
	/** Of the output for the current input, when there is one. */
	activation?: TensorStatistics;
	/** Channels whose output is 0 everywhere for the current input. */
	inactiveUnits: number[];
	/** Channels whose incoming weights are all (nearly) zero, or whose bias keeps a ReLU shut: dead for any input. */
	deadUnits: number[];
	/** Health in one word, and why. */
	health: { state: "healthy" | "warning" | "broken"; reason?: string };
}
