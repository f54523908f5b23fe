import type { ModelSummary } from "../../shared/model";
import type { Tensor } from "../../shared/tensor";
import type { Place, UnitAddress } from "../../shared/units";
import type { Engine, EngineId } from "../engine/engine";
import type { WeightStore } from "../formats/weights";
import type { Graph } from "../graph/types";
import type { OpDefinition } from "../ops/op";
import type { Composite } from "../rules/rule";

/**
 * An opened model bound to an engine: lowers, compiles and caches what methods ask for.
 * Methods see only this: never a format, a layer class or an engine.
 */
export interface ModelSession {
	/** As the file tells it. */
	readonly graph: Graph;
	readonly weights: WeightStore;
	readonly engine: Engine;
	readonly summary: ModelSummary;
	readonly labels: readonly string[] | undefined;
	/** Path of the model file. */
	readonly path: string;

	/** Values at places for a batch of inputs, in the file's layout. Every output of the model by name when `places` is empty. */
	forward(inputs: Readonly<Record<string, Tensor>>, places?: readonly Place[], signal?: AbortSignal): Promise<Tensor[]>;

	/** Value of a unit for each example: shape [N]. A classifier's class is its logit unless the address says `^post`. */
	unitValue(inputs: Readonly<Record<string, Tensor>>, unit: UnitAddress, signal?: AbortSignal): Promise<Float32Array>;

	/** One backward walk. Compiled once for each (composite, unit, places, canonisation, shapes); the batch is free. */
	backward(
		request: BackwardRequest,
		inputs: Readonly<Record<string, Tensor>>,
		signal?: AbortSignal,
	): Promise<BackwardResult>;

	/** The unit of the largest logit, for the first example, of the first output that no other output is computed from. */
	topUnit(inputs: Readonly<Record<string, Tensor>>): Promise<UnitAddress>;

	/**
	 * How many examples of these inputs fit the memory budget at once, by the estimate of the model's program; at least 1.
	 * `forward` and `backward` split larger batches themselves: this is for those who would rather not build them.
	 */
	batchSize(kind: "forward" | "backward", inputs: Readonly<Record<string, Tensor>>): number;

	/** What the op of a place is, and where it stands: what methods choose default places by. */
	layerInfo(inputs: Readonly<Record<string, Tensor>>, unit: UnitAddress): readonly LayerInfo[];

	/**
	 * The model with the value at a layer as a further input, named as the place is written: what methods use that vary a
	 * layer and hold the inputs. It belongs to this session and is closed with it.
	 */
	cutAt(place: Place, inputs: Readonly<Record<string, Tensor>>): ModelSession;

	/** Gives up compiled plans and the weights. The engine is the caller's. */
	close(): void;
}

/** A layer on the way to a unit. */
export interface LayerInfo {
	readonly place: Place;
	/** Shape of its output, batch left out. */
	readonly shape: readonly number[];
	/** Axis of channels in the output, batch included; -1 for none. */
	readonly channelAxis: number;
	/** Family and kind of the op that makes its output. */
	readonly family: OpDefinition["family"];
	readonly op: string;
}

export interface BackwardRequest {
	composite: Composite;
	unit: UnitAddress;
	/** Where the maps are wanted: layers or the inputs. */
	at: readonly (Place | "input")[];
	/**
	 * What starts at the unit: 1 (gradient), its value (relevance; element by element where the unit has several), or any
	 * tensor of the shape of the unit's layer, batch included, in place of the unit's own mask.
	 */
	start: "one" | "value" | Tensor;
	/** Graph passes before lowering, by id (`fold-batch-norm`). */
	passes: readonly string[];
}

export interface BackwardResult {
	/** For each `at` in order; `"input"` gives one map for every model input. */
	maps: { at: string; tensor: Tensor; channelAxis: number; activation: Tensor }[];
	unitValue: Float32Array;
}

export type { EngineId };
