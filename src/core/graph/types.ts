import type { LaminaErrorData } from "../../shared/errors";
import type { SymbolicShape } from "../../shared/model";
import type { DType } from "../../shared/tensor";

/** Plain data only: graphs are compared, hashed and sent between processes. */
export type Attr = number | boolean | string | null | undefined | readonly Attr[] | { readonly [name: string]: Attr };

/** A weight as an op takes it: a name in the weight store. */
export interface ParamRef {
	readonly weight: string;
	readonly shape: readonly number[];
	readonly dtype: DType;
}

/** One op of the model, named in TensorFlow's style (`Conv2D`, `Relu`, `Add`); defined in core/ops. */
export interface GraphNode {
	/** Unique in the graph. */
	readonly id: string;
	readonly op: string;
	/** Names of the values it takes, in the op's order. */
	readonly inputs: readonly string[];
	/** Names of the values it makes. */
	readonly outputs: readonly string[];
	readonly attrs: Readonly<Record<string, Attr>>;
	/** Weights by the op's own names for them: `kernel`, `bias`, `gamma`. */
	readonly params: Readonly<Record<string, ParamRef>>;
	/** Params that are values of the graph: weights that the file computes of others. No input of the model decides them. */
	readonly paramValues?: Readonly<Record<string, string>>;
	/** Graphs inside of a node (`If`, `Loop`, `Scan`); what they take from around them is among the inputs. */
	readonly bodies?: Readonly<Record<string, GraphBody>>;
	/** Name of the layer that this node is part of. */
	readonly layer: string;
}

/** A graph inside of a node. Names of its values are unique in the whole model. */
export interface GraphBody {
	/** Names of what it is called with. */
	readonly inputs: readonly string[];
	readonly nodes: readonly GraphNode[];
	readonly outputs: readonly string[];
}

/** What the training code calls a layer: a group of nodes under one name. */
export interface GraphLayer {
	/** Path, unique in the graph; nested models are joined with `/`. */
	readonly name: string;
	/** Class in the file: `Conv2D`. */
	readonly type: string;
	/** Nesting depth, 0 at the top. */
	readonly depth: number;
	/** One entry a call, in order; a layer that is called once has one. */
	readonly calls: readonly LayerCall[];
	readonly weights: readonly { name: string; shape: readonly number[]; dtype: string; trainable: boolean }[];
	/** The configuration as the file holds it. */
	readonly config: Readonly<Record<string, Attr>>;
	/** Fused activation, when it is not linear. */
	readonly activation?: string;
	/** Axis of channels of its outputs, batch included; -1 when there is none. */
	readonly channelAxis: number;
	/**
	 * Named param that holds its kernels, when it has such, and the order of its axes: depth, height, width, in, out; M of
	 * depthwise kernels counts the outputs of each channel.
	 */
	readonly filters?: {
		weight: string;
		layout:
			| ("HWIO" | "WIO" | "DHWIO" | "HWOI" | "WOI" | "DHWOI" | "HWIM" | "WIM" | "IO")
			// Channels first, as ONNX and PyTorch keep them.
			| ("OIHW" | "OIW" | "OIDHW" | "IOHW" | "IOW" | "IODHW" | "OI");
	};
	readonly unsupported?: LaminaErrorData;
	/** Place in the file. */
	readonly where: string;
}

export interface LayerCall {
	/** Values that the call takes and makes. */
	readonly inputs: readonly string[];
	readonly outputs: readonly string[];
	/** The output before the fused activation, when the layer has one. */
	readonly preActivation?: string;
	readonly nodes: readonly string[];
}

export interface GraphPort {
	readonly name: string;
	/** Name of the value. */
	readonly value: string;
	/** For an input: as declared, `null` is free. For an output: as declared or inferred, when known. */
	readonly shape: SymbolicShape;
	readonly dtype: DType;
	readonly layer: string;
	/** An input whose first axis does not count examples: it is given whole, and the same for all of them. */
	readonly fixed?: true;
}

/** The model as the file tells it. Values are named strings; nodes are in an order in which inputs come first. */
export interface Graph {
	readonly format: { id: string; title: string; producer?: string };
	readonly inputs: readonly GraphPort[];
	readonly outputs: readonly GraphPort[];
	readonly nodes: readonly GraphNode[];
	/** In reading order. */
	readonly layers: readonly GraphLayer[];
	readonly notices: readonly string[];
	/**
	 * Axis of channels by value (batch included, -1 for none), where values have names of their own in the file: each is
	 * then a place, as are nodes.
	 */
	readonly channelAxes?: Readonly<Record<string, number>>;
	/** Canonisation passes that made this graph of the file's. */
	readonly passes: readonly string[];
}
