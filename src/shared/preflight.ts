import type { LaminaErrorData } from "./errors";
import type { ParameterValue } from "./methods";

/** What a run of a method will do, told before anything of it is computed. */
export interface Preflight {
	method: string;
	parameters: Record<string, ParameterValue>;
	unit?: string;
	engine: string;
	/** What each op on the way back gets, the unit's first; empty for methods that walk no way back. */
	rules: OpRule[];
	/** Examples that go through the model forwards, and forwards and backwards. */
	forward: number;
	backward: number;
	/** Until the result is whole. */
	milliseconds: number;
	/** Of these, to make ready what has not run yet: compiling programs, laying weights out. */
	preparationMilliseconds: number;
	/** `measured`: these programs ran before on this machine; `corrected`: others did; `modelled`: nothing has run yet. */
	basis: "measured" | "corrected" | "modelled";
	/** Most bytes at a time: weights and values. */
	memoryBytes: number;
	/** Why the run would fail. */
	refusal?: LaminaErrorData;
}

export interface OpRule {
	layer: string;
	op: string;
	/** Id of the rule, with its parameters. */
	rule: string;
	/** Why there is none that passes anything on. */
	refusal?: string;
}
