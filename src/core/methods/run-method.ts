import { InvalidRequestError } from "../../shared/errors";
import type { MethodDescription } from "../../shared/methods";
import type { AttributionMap, Completeness, ExplanationResult, Provenance } from "../../shared/result";
import { formatUnitAddress } from "../../shared/unit-parser";
import type { UnitAddress } from "../../shared/units";
import { VERSION } from "../../shared/version";
import type { ModelSession } from "../session/model-session";
import { outputValues } from "../units/logits";
import { didYouMean } from "../units/nearest";
import { resolvePlace } from "../units/place";
import { METHODS } from "./index";
import type { Method, MethodPartial, MethodRequest, PreparedRequest } from "./method";
import { completeParameters } from "./parameters";

/** What every method tells about itself, in the order of the registry. */
export function describeMethods(): MethodDescription[] {
	return METHODS.map(({ run: _run, ...description }) => description);
}

/** @throws InvalidRequestError naming near methods */
export function findMethod(id: string): Method {
	const ids = METHODS.map((method) => method.id);
	const method = METHODS.find((candidate) => candidate.id === id);
	if (!method)
		throw new InvalidRequestError(
			`there is no method "${id}"`,
			id,
			didYouMean(id, ids, `The methods are ${ids.join(", ")}.`),
		);
	return method;
}

/**
 * Runs a method and adds what is needed to make the same numbers again. Yields partial results while it goes; the last
 * has progress 1.
 * @throws InvalidRequestError for an unknown method or parameter, a unit or input that does not fit
 * @throws CancelledError when the signal says so
 */
export async function* runMethod(
	session: ModelSession,
	id: string,
	request: MethodRequest,
): AsyncGenerator<ExplanationResult, void, void> {
	const method = findMethod(id);
	const started = performance.now();
	const parameters = completeParameters(id, method.parameters, request.parameters);
	if (method.needs.input && session.graph.inputs.length > 0 && Object.keys(request.inputs).length === 0)
		throw new InvalidRequestError(`the method ${id} needs an input`, id);
	if (method.at === "required" && (request.at === undefined || request.at === "input")) {
		throw new InvalidRequestError(`the method ${id} needs a layer`, id, "Name it with --at LAYER.");
	}
	if (method.at === "none" && request.at !== undefined && request.at !== "input")
		throw new InvalidRequestError(
			`the method ${id} makes no map at a layer`,
			id,
			"Leave out --at: the map belongs to the input.",
		);
	const unit = request.unit ?? (method.needs.unit ? await session.topUnit(request.inputs) : NO_UNIT);
	const prepared: PreparedRequest = { ...request, parameters, unit, seed: request.seed ?? 0 };
	const softmax = method.needs.unit && separatesSoftmax(session, unit) ? [SEPARATE_SOFTMAX] : [];
	let unitValue: number | undefined;
	for await (const partial of method.run(session, prepared)) {
		unitValue ??= partial.unitValue;
		if (method.needs.unit) unitValue ??= (await session.unitValue(request.inputs, unit, request.signal))[0];
		const provenance: Provenance = {
			method: id,
			parameters,
			...(method.needs.unit && { unit: formatUnitAddress(unit) }),
			...(unitValue !== undefined && { unitValue }),
			model: session.path,
			...(request.inputName !== undefined && { input: request.inputName }),
			...(request.preprocess && { preprocess: request.preprocess }),
			engine: session.engine.title,
			...(method.usesSeed && { seed: prepared.seed }),
			passes: [...session.graph.passes, ...softmax, ...(partial.passes ?? [])],
			...completenessOf(partial),
			milliseconds: performance.now() - started,
			version: VERSION,
			...(partial.notices && partial.notices.length > 0 && { notices: partial.notices }),
		};
		yield { maps: partial.maps, quantity: partial.quantity ?? method.quantity, provenance, progress: partial.progress };
	}
}

/** Stands in the request of a method that explains no unit. */
const NO_UNIT: UnitAddress = { unit: { place: { layer: "" } } };

/** Recorded where a class is explained by its logit though the model ends in a softmax or sigmoid. */
const SEPARATE_SOFTMAX = "separate-softmax";

function separatesSoftmax(session: ModelSession, { unit, minus }: UnitAddress): boolean {
	const { logit } = outputValues(session.graph);
	return [unit, ...(minus ? [minus] : [])].some(
		({ place }) => place.stage === undefined && logit.has(resolvePlace(session.graph, place).value),
	);
}

/** The last result of a run. */
export async function runToEnd(session: ModelSession, id: string, request: MethodRequest): Promise<ExplanationResult> {
	let last: ExplanationResult | undefined;
	for await (const result of runMethod(session, id, request)) last = result;
	if (!last) throw new RangeError(`the method ${id} gave no result`);
	return last;
}

function completenessOf(partial: MethodPartial): { completeness?: Completeness } {
	if (!partial.expectedSum || partial.progress < 1) return {};
	const sum = sumOfMaps(partial.maps);
	const expected = partial.expectedSum.reduce((total, value) => total + value, 0);
	return { completeness: { sum, expected, gap: expected === 0 ? sum : (sum - expected) / Math.abs(expected) } };
}

function sumOfMaps(maps: readonly AttributionMap[]): number {
	let sum = 0;
	for (const { tensor } of maps) for (const value of tensor.data) sum += value;
	return sum;
}
