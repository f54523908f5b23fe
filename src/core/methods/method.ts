import type { LedgerEntry } from "../../shared/ledger";
import type { MethodDescription, ParameterValue, Quantity } from "../../shared/methods";
import type { PreprocessSpec } from "../../shared/preprocess";
import type { AttributionMap, ExplanationResult, UnitChange } from "../../shared/result";
import type { Tensor } from "../../shared/tensor";
import type { Place, UnitAddress } from "../../shared/units";
import type { DataSet } from "../data/data-set";
import type { ProgramContext, ProgramMap } from "../export/program-context";
import type { ModelSession } from "../session/model-session";

/** What is to be explained. */
export interface MethodRequest {
	/** By input name; batch axis included. Examples of a batch are explained independently. */
	inputs: Readonly<Record<string, Tensor>>;
	/** Absent: the top class of the first output. */
	unit?: UnitAddress;
	/** Absent: what the method's `at` says. */
	at?: Place | "input";
	parameters: Readonly<Record<string, ParameterValue>>;
	/** Reference inputs by name, for methods that compare with one; they override the parameter `baselines`. */
	baselines?: Readonly<Record<string, Tensor>>;
	/**
	 * Which feature each element belongs to, by name of the input (or of the layer that the map is asked for at), for
	 * methods that take features away; they override the parameter `feature_mask`. Whole numbers; equal ones are one
	 * feature, also in several inputs (Captum: `feature_mask`, `layer_mask`). Methods that edit a part of the input take
	 * what is not 0 as the part; they override the parameter `mask` there.
	 */
	masks?: Readonly<Record<string, Tensor>>;
	/** Names of inputs that are given but neither varied nor explained (Captum: `additional_forward_args`). */
	held?: readonly string[];
	/** Labelled examples, for methods that need some; it overrides the parameter `dataset`. */
	dataset?: DataSet;
	/** What starts the backward walk, shaped like the unit's layer (batch included); absent: what the method says. */
	start?: Tensor;
	seed?: number;
	/** Also tell what each op did with the relevance; methods that make no single backward walk have nothing to tell. */
	ledger?: boolean;
	/** Only the last result counts: nothing is computed that would merely show something earlier. */
	endOnly?: boolean;
	signal?: AbortSignal;
	/** For the record only. */
	inputName?: string;
	/** For the record only. */
	baselineName?: string;
	maskName?: string;
	preprocess?: PreprocessSpec;
}

/** What a method hands on while it runs; the runner adds provenance. */
export interface MethodPartial {
	maps: readonly AttributionMap[];
	/** 0 to 1; the last one is 1. */
	progress: number;
	/** Expected sum, for methods that promise completeness: per example. */
	expectedSum?: readonly number[];
	/** What was attributed, per example, where that is not the sum of the maps: they may repeat it over a segment. */
	attributedSum?: readonly number[];
	/** Value of the unit on the first example, where the method came by it anyway. */
	unitValue?: number;
	/** What an edit of the input did to units. */
	changes?: readonly UnitChange[];
	/** Where parameters decide what the numbers mean; absent: the method's own. */
	quantity?: Quantity;
	/** Canonisation passes that were applied. */
	passes?: readonly string[];
	notices?: readonly string[];
}

/** A request as a method sees it: parameters are validated and complete, the unit is chosen. */
export interface PreparedRequest extends MethodRequest {
	/** The unit to explain; for methods that need none it may be any. */
	unit: UnitAddress;
	seed: number;
	/** Takes the ledger of each walk, while one is kept. */
	noteLedger?: (entries: readonly LedgerEntry[]) => void;
}

/** A method: one file, one line in the registry. */
export interface Method extends MethodDescription {
	/** Runs in batches; yields partial results, the last of which is whole. Stops between batches when `signal` says so. */
	run(session: ModelSession, request: PreparedRequest): AsyncGenerator<MethodPartial, void, void>;
	/**
	 * The same maps as one program, for methods that are one: what is exported to run without Lamina.
	 * @throws UnsupportedError for parameters or places that are more than one program
	 */
	program?(context: ProgramContext): ProgramMap[];
}

export type { ExplanationResult };
