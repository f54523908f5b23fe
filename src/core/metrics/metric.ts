import type { ParameterValue } from "../../shared/methods";
import type { MetricCurve, MetricDescription } from "../../shared/metrics";
import type { Tensor } from "../../shared/tensor";
import type { UnitAddress } from "../../shared/units";
import type { PreparedRequest } from "../methods/method";
import type { ModelSession } from "../session/model-session";

/** One explained example, as a metric sees it. */
export interface ExplainedExample {
	/** Name of the input that the map belongs to. */
	readonly input: string;
	/** Every input of the model, one example each. */
	readonly inputs: Readonly<Record<string, Tensor>>;
	/** What is explained of this example. */
	readonly unit: UnitAddress;
	/** Axis of channels of the explained input, batch included; -1 for none. */
	readonly channelAxis: number;
	/** Attribution of each element of the explained input. */
	readonly attribution: Float64Array;
	/** 1 for each element that belongs to what the unit should look at. */
	readonly mask?: Uint8Array;
}

/** What a metric works with. */
export interface MetricContext {
	readonly session: ModelSession;
	/** The question that the map answers; its inputs are those of all examples. */
	readonly request: PreparedRequest;
	readonly example: ExplainedExample;
	/** All examples of the batch, this one included: some metrics compare across them. */
	readonly examples: readonly ExplainedExample[];
	readonly parameters: Readonly<Record<string, ParameterValue>>;
	readonly seed: number;
	readonly signal?: AbortSignal;
	/** Told of the share that is done, 0 to 1, of what takes time. */
	readonly progress?: (share: number) => void;
	/**
	 * Explains other inputs (one example each) with the same method, on the model or on another one of the same shape.
	 * Absent for a stored map.
	 */
	readonly explain?: (inputs: Readonly<Record<string, Tensor>>, session?: ModelSession) => Promise<Float64Array>;
	/** Given in place of random draws, by what the metric calls them; for those who compare with another tool. */
	readonly draws?: Readonly<Record<string, Tensor>>;
}

export interface Measurement {
	readonly score: number;
	readonly values?: Readonly<Record<string, number>>;
	readonly curve?: MetricCurve;
}

/** A metric: one file, one line in the registry. */
export interface Metric extends MetricDescription {
	/** @throws CancelledError between two runs of the model */
	measure(context: MetricContext): Promise<Measurement>;
}

/** A parameter whose type its description guarantees. */
export function parameter<Type extends "number" | "string" | "boolean">(
	{ parameters }: Pick<MetricContext, "parameters">,
	name: string,
	type: Type,
): { number: number; string: string; boolean: boolean }[Type] {
	const value = parameters[name];
	if (typeof value !== type) throw new RangeError(`the metric does not describe a parameter ${name} of type ${type}`);
	return value as { number: number; string: string; boolean: boolean }[Type];
}
