import type { ModelSummary } from "../../shared/model";
import type { Tensor } from "../../shared/tensor";
import type { Place, UnitAddress } from "../../shared/units";
import type { Engine, EngineId } from "../engine/engine";
import type { WeightStore } from "../formats/weights";
import type { Graph } from "../graph/types";
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

	/** Values at places for a batch of inputs, in the file's layout. Every output of the model by name when `places` is empty. */
	forward(inputs: Readonly<Record<string, Tensor>>, places?: readonly Place[], signal?: AbortSignal): Promise<Tensor[]>;

	/** Value of a unit for each example: shape [N]. A classifier's class is its logit unless the address says `^post`. */
	unitValue(inputs: Readonly<Record<string, Tensor>>, unit: UnitAddress, signal?: AbortSignal): Promise<Float32Array>;

	/** One backward walk. Compiled once for each (composite, unit, places, canonisation, shapes); the batch is free. */
	backward(request: BackwardRequest, inputs: Readonly<Record<string, Tensor>>, signal?: AbortSignal): Promise<BackwardResult>;

	/** The unit of the largest logit of the first output, for the first example. */
	topUnit(inputs: Readonly<Record<string, Tensor>>): Promise<UnitAddress>;

	/** How many examples of this input fit a batch, by the program's memory estimate. */
	batchSize(kind: "forward" | "backward"): number;
}

export interface BackwardRequest {
	composite: Composite;
	unit: UnitAddress;
	/** Where the maps are wanted: layers or the inputs. */
	at: readonly (Place | "input")[];
	/** What starts at the unit: 1 (gradient) or the unit's value (relevance). */
	start: "one" | "value";
	/** Graph passes before lowering, by id (`fold-batch-norm`). */
	passes: readonly string[];
}

export interface BackwardResult {
	/** For each `at` in order; `"input"` gives one map for every model input. */
	maps: { at: string; tensor: Tensor; channelAxis: number; activation: Tensor }[];
	unitValue: Float32Array;
}

export type { EngineId };
