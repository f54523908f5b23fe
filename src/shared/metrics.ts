import type { ParameterDescription, ParameterValue } from "./methods";

/** What a metric tells about itself: forms, flags and docs are made from this. */
export interface MetricDescription {
	id: string;
	title: string;
	family: "faithfulness" | "localisation" | "complexity" | "robustness" | "randomisation" | "axioms";
	/** What question it answers, in one sentence. */
	answers: string;
	/** In terms of the map a, the input x and the unit f. */
	formula: string;
	paper: string;
	/** The tool and version whose numbers it equals, and what differs on purpose. */
	reference: string;
	/** Which scores speak for the explanation. */
	better: "higher" | "lower" | "neither";
	needs: {
		/** Which elements belong to what the unit should look at. */
		mask?: boolean;
		/** Explains other inputs or other weights: a stored map alone does not do. */
		method?: boolean;
		/** Compares the examples of a batch: one alone does not do. */
		examples?: boolean;
	};
	usesSeed?: boolean;
	parameters: readonly ParameterDescription[];
}

export interface MetricCurve {
	xTitle: string;
	yTitle: string;
	x: readonly number[];
	y: readonly number[];
	/** Names of the points, where they have such (layers). */
	labels?: readonly string[];
}

export interface MetricScore {
	metric: string;
	/** The one number; NaN where it is not defined. */
	score: number;
	/** What else was found, by name. */
	values?: Readonly<Record<string, number>>;
	curve?: MetricCurve;
	parameters: Readonly<Record<string, ParameterValue>>;
	milliseconds: number;
}
