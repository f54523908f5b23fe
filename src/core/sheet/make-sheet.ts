import { LaminaError, type LaminaErrorData } from "../../shared/errors";
import type { ParameterValue } from "../../shared/methods";
import type { MetricScore } from "../../shared/metrics";
import type { ExplanationResult } from "../../shared/result";
import type { Sheet, SheetEntry } from "../../shared/sheet";
import type { Tensor } from "../../shared/tensor";
import type { Method, MethodRequest } from "../methods/method";
import { prepareRequest } from "../methods/prepare";
import { findMethod, runMethod } from "../methods/run-method";
import { agreement } from "../metrics/agreement";
import { explainedExamples } from "../metrics/examples";
import { findMetric, measure } from "../metrics/run-metric";
import type { ModelSession } from "../session/model-session";

/** Something of a registry, with the parameters that differ from its defaults. */
export interface Chosen {
	readonly id: string;
	readonly parameters?: Readonly<Record<string, ParameterValue>>;
}

export interface SheetRequest {
	/** Inputs, unit, place and seed; `parameters` go to every method that has such. */
	readonly question: MethodRequest;
	readonly methods: readonly Chosen[];
	readonly metrics: readonly Chosen[];
	/** What the unit should look at. */
	readonly mask?: Tensor;
}

/**
 * Runs methods one after another on one question and measures each map. A method that cannot answer has its reason in
 * the sheet; the others go on.
 * @returns the sheet so far, whenever something has been added or has moved on
 * @throws InvalidRequestError for a method or metric that does not exist, or a unit or input that does not fit;
 * CancelledError
 */
export async function* makeSheet(session: ModelSession, request: SheetRequest): AsyncGenerator<Sheet, void, void> {
	const methods = request.methods.map(({ id, parameters = {} }) => ({ method: findMethod(id), parameters }));
	for (const { id } of request.metrics) findMetric(id);
	// What is wrong with the question itself is no method's fault.
	const unit = request.question.unit ?? (await session.topUnit(request.question.inputs));
	await session.unitValue(request.question.inputs, unit, request.question.signal);
	const entries: SheetEntry[] = [];
	const maps = new Map<string, Float64Array>();
	const sheet = (progress: number): Sheet => ({
		entries: [...entries],
		...(maps.size > 1 && { agreement: agreement(maps) }),
		progress,
	});
	for (const [index, { method, parameters }] of methods.entries()) {
		const asked = questionOf({ ...request.question, unit }, method, parameters);
		const entry: SheetEntry = { method: method.id, title: method.title, parameters: asked.parameters };
		try {
			let result: ExplanationResult | undefined;
			for await (const step of runMethod(session, method.id, { ...asked, endOnly: true })) {
				result = step;
				if (step.progress < 1) yield sheet((index + step.progress / 2) / methods.length);
			}
			const [map] = result?.maps ?? [];
			if (!result || !map) throw new Error(`${method.id} gave no map`);
			const { quantity, provenance } = result;
			entries.push({
				...entry,
				result: { map, quantity, provenance, ...(await measured(session, request, method, asked, result)) },
			});
			const [example] = explainedExamples(session, await prepareRequest(session, method, asked), map);
			if (example) maps.set(method.id, example.attribution);
		} catch (thrown) {
			entries.push({ ...entry, refusal: refusalOf(thrown) });
		}
		yield sheet((index + 1) / methods.length);
	}
}

/** The question as a method is asked it: with the parameters that it has, and a place where it takes one. */
function questionOf(
	question: MethodRequest,
	{ parameters: known, at }: Method,
	own: Readonly<Record<string, ParameterValue>>,
): MethodRequest {
	const names = new Set(known.map(({ name }) => name));
	const common = Object.entries(question.parameters).filter(([name]) => names.has(name));
	const { at: place, ...rest } = question;
	return {
		...rest,
		parameters: { ...Object.fromEntries(common), ...own },
		...(at !== "none" && place !== undefined && { at: place }),
	};
}

async function measured(
	session: ModelSession,
	{ metrics, mask, question }: SheetRequest,
	method: Method,
	asked: MethodRequest,
	{ maps: [map] }: ExplanationResult,
): Promise<{ scores: MetricScore[]; unmeasured: Record<string, LaminaErrorData> }> {
	const scores: MetricScore[] = [];
	const unmeasured: Record<string, LaminaErrorData> = {};
	if (!map) return { scores, unmeasured };
	for (const { id, parameters = {} } of metrics) {
		const how = {
			parameters,
			seed: question.seed ?? 0,
			...(question.signal && { signal: question.signal }),
			...(mask && { mask }),
		};
		try {
			const [score] = await measure(session, id, { map, request: asked, method: method.id }, how);
			if (score) scores.push(score);
		} catch (thrown) {
			unmeasured[id] = refusalOf(thrown);
		}
	}
	return { scores, unmeasured };
}

/** Why something is not on the sheet. @throws whatever ends the sheet as a whole */
function refusalOf(thrown: unknown): LaminaErrorData {
	if (!(thrown instanceof LaminaError) || (thrown.code !== "unsupported" && thrown.code !== "invalid")) throw thrown;
	return thrown.toData();
}
