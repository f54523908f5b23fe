import { InvalidRequestError, UnsupportedError } from "../../shared/errors";
import type { ParameterValue } from "../../shared/methods";
import type { MetricDescription, MetricScore } from "../../shared/metrics";
import type { AttributionMap } from "../../shared/result";
import type { Tensor } from "../../shared/tensor";
import type { UnitAddress } from "../../shared/units";
import type { MethodRequest, PreparedRequest } from "../methods/method";
import { completeParameters } from "../methods/parameters";
import { prepareRequest } from "../methods/prepare";
import { findMethod, runToEnd } from "../methods/run-method";
import type { ModelSession } from "../session/model-session";
import { didYouMean } from "../units/nearest";
import { explainedExamples } from "./examples";
import { METRICS } from "./index";
import type { Metric, MetricContext } from "./metric";

/** What every metric tells about itself, in the order of the registry. */
export function describeMetrics(): MetricDescription[] {
	return METRICS.map(({ measure: _measure, ...description }) => description);
}

/** @throws InvalidRequestError naming near metrics */
export function findMetric(id: string): Metric {
	const metric = METRICS.find((candidate) => candidate.id === id);
	if (metric) return metric;
	const ids = METRICS.map((candidate) => candidate.id);
	throw new InvalidRequestError(
		`there is no metric "${id}"`,
		id,
		didYouMean(id, ids, `The metrics are ${ids.join(", ")}.`),
	);
}

export interface MetricRequest {
	readonly parameters?: Readonly<Record<string, ParameterValue>>;
	readonly seed?: number;
	readonly mask?: Tensor;
	readonly draws?: MetricContext["draws"];
	readonly signal?: AbortSignal;
	/** Told of the share that is done, 0 to 1. */
	readonly progress?: (share: number) => void;
}

/** What was explained: a map, the question that it answers, and the method where it can be asked again. */
export interface MeasuredMap {
	readonly map: AttributionMap;
	readonly request: MethodRequest;
	/** Absent for a stored map. */
	readonly method?: string;
	/** What each example is explained for, where that is not the same for all. */
	readonly units?: readonly UnitAddress[];
}

/**
 * Measures a map: one score for each example of the batch.
 * @throws InvalidRequestError for parameters, masks or maps that do not fit; UnsupportedError where a metric needs more
 * than a stored map
 */
export async function measure(
	session: ModelSession,
	id: string,
	{ map, request, method, units }: MeasuredMap,
	{ parameters = {}, seed = 0, mask, draws, signal, progress }: MetricRequest = {},
): Promise<MetricScore[]> {
	const metric = findMetric(id);
	const complete = completeParameters(id, metric.parameters, parameters);
	if (metric.needs.method && method === undefined)
		throw new UnsupportedError(`the metric ${id} explains again, which a stored map cannot`, id, "Run the method.");
	const prepared = await preparedOf(session, request, method);
	const examples = explainedExamples(session, prepared, map, mask, units);
	const scores: MetricScore[] = [];
	for (const [at, example] of examples.entries()) {
		const started = performance.now();
		const explain =
			method === undefined ? undefined : explainer(session, method, { ...prepared, unit: example.unit }, map.at);
		const measured = await metric.measure({
			session,
			request: prepared,
			example,
			examples,
			parameters: complete,
			seed,
			...(signal && { signal }),
			...(progress && { progress: (share: number) => progress((at + share) / examples.length) }),
			...(explain && { explain }),
			...(draws && { draws }),
		});
		scores.push({ metric: id, ...measured, parameters: complete, milliseconds: performance.now() - started });
	}
	return scores;
}

async function preparedOf(
	session: ModelSession,
	request: MethodRequest,
	method: string | undefined,
): Promise<PreparedRequest> {
	if (method !== undefined) return prepareRequest(session, findMethod(method), request);
	const unit = request.unit ?? (await session.topUnit(request.inputs));
	return { ...request, unit, seed: request.seed ?? 0 };
}

/** Explains another input, or the same on another model: the unit stays the one that was explained. */
function explainer(
	session: ModelSession,
	method: string,
	request: PreparedRequest,
	at: string,
): MetricContext["explain"] {
	return async (inputs, other = session) => {
		const { maps } = await runToEnd(other, method, { ...request, inputs });
		const map = maps.find((candidate) => candidate.at === at) ?? maps[0];
		if (!map) throw new RangeError(`the method ${method} gave no map`);
		const [example] = explainedExamples(other, { ...request, inputs }, map);
		if (!example) throw new RangeError(`the method ${method} explained no example`);
		return example.attribution;
	};
}
