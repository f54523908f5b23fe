import type { Session } from "../../../src/core/session/session";
import type { Tensor } from "../../../src/shared/tensor";
import type { MethodCall } from "../../support/attributions";
import type { Case } from "../manifest";

export type Parameters = MethodCall["parameters"];

/** A case that is more than one run of one method; gives arrays under the names of `expected`. */
export interface CaseRun {
	run(session: Session, inputs: Readonly<Record<string, Tensor>>): Promise<Record<string, ArrayLike<number>>>;
}

/** A method between whose unit, the target, and its map a neuron lies: it is named by a parameter. */
export interface NeuronCall extends MethodCall {
	readonly neuronParameter: string;
}

/** What means here what the case's tool computes; a text says why there is none yet. */
export type Call = MethodCall | NeuronCall | CaseRun | string;

/**
 * Calls of one family, by the tool's name of the method, or by suite and name where tools disagree
 * (`"innvestigate LRP"`). The unit, the layer (`at`) and the held inputs of a case are filled in for all of them.
 */
export type Calls = Readonly<Record<string, (entry: Case) => Call>>;
