import { InvalidRequestError } from "../../shared/errors";
import type { MethodDescription } from "../../shared/methods";
import type { AttributionMap, Completeness, ExplanationResult, Provenance } from "../../shared/result";
import { formatUnitAddress } from "../../shared/unit-parser";
import { VERSION } from "../../shared/version";
import type { ModelSession } from "../session/model-session";
import { didYouMean } from "../units/nearest";
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
	if (method.needs.input && Object.keys(request.inputs).length === 0)
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
	const unit =
		request.unit ?? (method.needs.unit ? await session.topUnit(request.inputs) : { unit: { place: { layer: "" } } });
	const unitValue = method.needs.unit ? (await session.unitValue(request.inputs, unit, request.signal))[0] : undefined;
	const prepared: PreparedRequest = { ...request, parameters, unit, seed: request.seed ?? 0 };
	for await (const partial of method.run(session, prepared)) {
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
			passes: [...session.graph.passes, ...(partial.passes ?? [])],
			...completenessOf(partial),
			milliseconds: performance.now() - started,
			version: VERSION,
			...(partial.notices && partial.notices.length > 0 && { notices: partial.notices }),
		};
		yield { maps: partial.maps, quantity: partial.quantity ?? method.quantity, provenance, progress: partial.progress };
	}
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
