import type { Tensor } from "../../shared/tensor";
import { gradientComposite } from "../rules/composites";
import type { ModelSession, SummedMap, SummedRequest } from "../session/model-session";
import { walk } from "./backward-method";
import type { PreparedRequest } from "./method";

/** Gradients that are to be added up, each times its weight: see `MapSum.add`. */
export interface GradientTerms {
	readonly maps: readonly SummedMap[];
	/** One for each term: the first for all examples of a map, then the second, and so on. */
	readonly weights: readonly number[];
}

/**
 * Gradients of disturbed copies of the examples, of which a method wants nothing but a weighted sum. Those of one example
 * are summed by the engine, which saves it the last step of the walk for all copies but one; one term of weight 1 is
 * left then. Those of several examples come as they are.
 * @param inputs the first copy of every example, then the second, and so on
 * @param weights one for each copy
 */
export async function summedGradients(
	session: ModelSession,
	request: PreparedRequest,
	inputs: Readonly<Record<string, Tensor>>,
	weights: readonly number[],
): Promise<GradientTerms> {
	const { unit, at = "input", held, signal } = request;
	const copies = Object.values(inputs)[0]?.shape[0];
	if (copies !== weights.length || at !== "input" || session.graph.inputs.some(({ fixed }) => fixed))
		return gradientTerms(session, request, inputs, weights);
	const walked: SummedRequest = {
		composite: gradientComposite,
		unit,
		at: ["input"],
		start: request.start ?? "one",
		passes: [],
	};
	const maps = await session.summedBackward(walked, inputs, weights, signal);
	return { maps: maps.filter((map) => !held?.includes(map.at)), weights: [1] };
}

/** The same gradients one by one, for those who change each before it is added. */
export async function gradientTerms(
	session: ModelSession,
	request: PreparedRequest,
	inputs: Readonly<Record<string, Tensor>>,
	weights: readonly number[],
): Promise<GradientTerms> {
	const { maps } = await walk(session, request, { composite: gradientComposite }, inputs);
	return { maps, weights };
}
