import type { LedgerEntry } from "../../shared/ledger";
import type { ModelSummary } from "../../shared/model";
import type { Tensor } from "../../shared/tensor";
import type { Place, UnitAddress } from "../../shared/units";
import type { Engine, EngineId, WeightSource } from "../engine/engine";
import type { WeightStore } from "../formats/weights";
import type { Graph } from "../graph/types";
import type { OpDefinition } from "../ops/op";
import type { TokenGrid } from "../program/token-grid";
import type { Program } from "../program/types";
import type { Composite } from "../rules/rule";
import type { BackwardTarget } from "./build-programs";

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

	/** Values of several units, by one run: shape [N] each. */
	unitValues(
		inputs: Readonly<Record<string, Tensor>>,
		units: readonly UnitAddress[],
		signal?: AbortSignal,
	): Promise<Float32Array[]>;

	/**
	 * Computes the values at places and keeps them: what is asked about the same inputs afterwards (a unit of such a place,
	 * a walk that ends there) begins with them. Inputs are told by their numbers; too many (16 MiB) are not kept.
	 * @returns the values, in the order of the places
	 */
	remember(inputs: Readonly<Record<string, Tensor>>, places: readonly Place[], signal?: AbortSignal): Promise<Tensor[]>;

	/** Milliseconds that a forward pass is expected to take, once it is ready: by what ran here so far, else by a model. */
	forwardTime(inputs: Readonly<Record<string, Tensor>>): number;

	/** One backward walk. Compiled once for each (composite, unit, places, canonisation, shapes); the batch is free. */
	backward(
		request: BackwardRequest,
		inputs: Readonly<Record<string, Tensor>>,
		signal?: AbortSignal,
	): Promise<BackwardResult>;

	/**
	 * The same for many disturbed copies of one example, of which only the weighted sum of the maps is wanted: the engine
	 * sums, as early in the walk as may be.
	 * @param weights one for each example of the batch
	 * @returns maps with one example
	 */
	summedBackward(
		request: SummedRequest,
		inputs: Readonly<Record<string, Tensor>>,
		weights: readonly number[],
		signal?: AbortSignal,
	): Promise<SummedMap[]>;

	/** The program of such a walk, for those who make it part of a larger one. */
	walkProgram(request: BackwardRequest, inputs: Readonly<Record<string, Tensor>>): WalkProgram;

	/** A program that gives the values at places, under the names in `values`. */
	forwardProgram(
		places: readonly Place[],
		inputs: Readonly<Record<string, Tensor>>,
	): { program: Program; values: readonly string[] };

	/**
	 * Value of a unit for edited copies of each example. How much of the model is computed for an edit is the session's
	 * business. Yields the values as they come, run by run, in an order of its own.
	 * @throws CancelledError between two runs
	 */
	perturbed(
		inputs: Readonly<Record<string, Tensor>>,
		unit: UnitAddress,
		edits: readonly Edit[],
		signal?: AbortSignal,
	): AsyncGenerator<PerturbedBatch, void, void>;

	/** The unit of the largest logit, for the first example, of the first output that no other output is computed from. */
	topUnit(inputs: Readonly<Record<string, Tensor>>): Promise<UnitAddress>;

	/**
	 * How many examples of these inputs fit the memory budget at once, by the estimate of the model's program; at least 1.
	 * `forward` and `backward` split larger batches themselves: this is for those who would rather not build them.
	 */
	batchSize(kind: "forward" | "backward", inputs: Readonly<Record<string, Tensor>>): number;

	/** What the op of a place is, and where it stands: what methods choose default places by. */
	layerInfo(inputs: Readonly<Record<string, Tensor>>, unit: UnitAddress): readonly LayerInfo[];

	/** How the value at a place lies: its channels, and the grid that its tokens were. */
	layout(place: Place, inputs: Readonly<Record<string, Tensor>>): PlaceLayout;

	/** Whether a unit is an affine function of the value at a place: a weighted sum of it, and a constant. */
	isAffine(place: Place, unit: UnitAddress, inputs: Readonly<Record<string, Tensor>>): boolean;

	/**
	 * The model from a layer on, which becomes an input named as the place is written: what methods use that vary a layer.
	 * Of the other inputs those remain that are looked at on a way around the layer. It belongs to this session and is
	 * closed with it.
	 * @param unit stays computable where a part of it does not depend on the layer (a difference of two)
	 */
	cutAt(place: Place, inputs: Readonly<Record<string, Tensor>>, unit?: UnitAddress): ModelSession;

	/** The same model with other weights of the same shapes: what sanity checks compare with. It is closed by who asked for it. */
	withWeights(weights: WeightStore): ModelSession;

	/** Gives up compiled plans and the weights. The engine is the caller's. */
	close(): void;
}

/** Another content for a box of one input: along each axis (batch left out) from `begin` up to `end`. */
export interface Edit {
	readonly input: string;
	readonly begin: readonly number[];
	readonly end: readonly number[];
	/** A tensor of the input's shape and dtype that is right inside the box, until the next call: asked for when the edit is run. */
	content(): Tensor;
}

export interface PerturbedBatch {
	readonly example: number;
	/** Places of the edits among all that were asked for. */
	readonly edits: readonly number[];
	/** Of the unit, one for each of them. */
	readonly values: Float32Array;
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

/** How the value at a place lies. */
export interface PlaceLayout {
	/** Batch left out. */
	readonly shape: readonly number[];
	/** Axis of channels, batch included; -1 for none. */
	readonly channelAxis: number;
	/** Tokens that were the cells of a grid, such as the patches of a picture. */
	readonly tokens?: TokenGrid;
	/** Every axis but the channels is one of positions in an input, not of attention heads or of features. */
	readonly isSpatial: boolean;
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
	/** Also tells what each op took in and handed on. */
	ledger?: boolean;
	/** Reference inputs, for composites that compare with one: every input of the model, with the batch of the inputs. */
	reference?: Readonly<Record<string, Tensor>>;
}

/** Of a composite that compares with no reference. */
export type SummedRequest = Omit<BackwardRequest, "ledger" | "reference">;

export type SummedMap = Pick<BackwardMap, "at" | "tensor" | "channelAxis">;

export interface BackwardResult {
	/** For each `at` in order; `"input"` gives one map for every model input. */
	maps: BackwardMap[];
	unitValue: Float32Array;
	/** Value of the unit on the reference inputs, where there are such. */
	referenceValue?: Float32Array;
	/** In the order of the walk, the unit's op first; where it was asked for. */
	ledger?: LedgerEntry[];
}

/** A backward walk as a program; its outputs are named as `build-programs` says. */
export interface WalkProgram {
	readonly program: Program;
	/** Those that the program names. */
	readonly weights: WeightSource;
	readonly targets: readonly BackwardTarget[];
	/** Inputs of the program that say which elements the unit is made of, for one example: the same for all. */
	readonly constants: Readonly<Record<string, Tensor>>;
}

export interface BackwardMap {
	at: string;
	tensor: Tensor;
	channelAxis: number;
	/** The value of the place on the inputs. */
	activation: Tensor;
	/** The value of the place on the reference inputs, where there are such. */
	reference?: Tensor;
}

export type { EngineId };
