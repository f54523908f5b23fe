import { METHODS } from "../../src/core/methods";
import type { Method } from "../../src/core/methods/method";
import { runToEnd } from "../../src/core/methods/run-method";
import { measure } from "../../src/core/metrics/run-metric";
import type { ModelSession } from "../../src/core/session/model-session";
import type { UnitAddress } from "../../src/shared/units";
import type { Question } from "./pictures";

export type Metric = "relevance-mass" | "attribution-localisation" | "relevance-rank" | "pointing-game";

export type Scores = Readonly<Record<Metric, number>>;

/** Those that attribute the unit's value to the places of one input, as the registry has them. */
export function testedMethods(): Method[] {
	return METHODS.filter(({ family, at, needs, id }) => {
		if (
			needs.attention ||
			family === "inspection" ||
			family === "what-if" ||
			at === "required" ||
			!needs.unit ||
			!needs.input
		)
			return false;
		return !LEFT_OUT.has(id);
	});
}

/** Methods that the registry's defaults do not let run here, with the reason. */
export const LEFT_OUT: ReadonlyMap<string, string> = new Map([
	["learned-cam", "learns from a labelled set that has to be named"],
	["occlusion-study", "is occlusion with windows of several sizes"],
	["shapley-values", "computes 2^features values, for a handful of features"],
]);

/** The mean of each metric over all pictures of some questions. */
export async function scoresOf(
	session: ModelSession,
	method: Method,
	questions: readonly Question[],
	metrics: readonly Metric[] = ["relevance-mass", "attribution-localisation", "relevance-rank", "pointing-game"],
): Promise<Scores> {
	const scores = new Map<Metric, number[]>(metrics.map((metric) => [metric, []]));
	for (const question of questions) {
		const request = { inputs: question.inputs, unit: unitOf(session, question), parameters: {} };
		const [map] = (await runToEnd(session, method.id, request)).maps;
		if (!map) throw new Error(`${method.id} gave no map`);
		for (const [metric, found] of scores) {
			const all = await measure(session, metric, { map, request, method: method.id }, { mask: question.masks });
			found.push(...all.map(({ score }) => score));
		}
	}
	return Object.fromEntries([...scores].map(([metric, found]) => [metric, mean(found)])) as Scores;
}

function unitOf({ graph }: ModelSession, { unit, minus }: Question): UnitAddress {
	const place = { layer: graph.outputs[0]?.layer ?? "" };
	return {
		unit: { place, channel: unit },
		...(minus !== undefined && { minus: { place, channel: minus } }),
	};
}

/** A share that is not defined counts as nothing found. */
export function mean(values: readonly number[]): number {
	return values.reduce((sum, value) => sum + (Number.isNaN(value) ? 0 : value), 0) / Math.max(1, values.length);
}
