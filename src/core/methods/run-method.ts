import { InvalidRequestError } from "../../shared/errors";
import type { LedgerEntry } from "../../shared/ledger";
import type { MethodDescription } from "../../shared/methods";
import type { AttributionMap, Completeness, ExplanationResult, Provenance } from "../../shared/result";
import { formatUnitAddress } from "../../shared/unit-parser";
import type { UnitAddress } from "../../shared/units";
import { VERSION } from "../../shared/version";
import type { ModelSession } from "../session/model-session";
import { notFiniteError } from "../session/not-finite";
import { didYouMean } from "../units/nearest";
import { valueOfUnit } from "../units/unit";
import { withFirstLook } from "./first-look";
import { METHODS } from "./index";
import type { Method, MethodPartial, MethodRequest, PreparedRequest } from "./method";
import { prepareRequest } from "./prepare";

/** What every method tells about itself, in the order of the registry: plain data, that may cross to other processes. */
export function describeMethods(): MethodDescription[] {
	return METHODS.map(({ run: _run, program: _program, ...description }) => description);
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
 * @throws LaminaError `failed` where the unit is not finite, naming the first layer whose values are not
 * @throws CancelledError when the signal says so
 */
export async function* runMethod(
	session: ModelSession,
	id: string,
	request: MethodRequest,
): AsyncGenerator<ExplanationResult, void, void> {
	const method = findMethod(id);
	const started = performance.now();
	const ledgers: (readonly LedgerEntry[])[] = [];
	const prepared: PreparedRequest = {
		...(await prepareRequest(session, method, request)),
		...(request.ledger && { noteLedger: (entries) => ledgers.push(entries) }),
	};
	const { parameters, unit } = prepared;
	const softmax = method.needs.unit && separatesSoftmax(session, unit) ? [SEPARATE_SOFTMAX] : [];
	let unitValue: number | undefined;
	let isFirst = true;
	for await (const partial of withFirstLook(session, method, prepared)) {
		unitValue ??= partial.unitValue;
		// There is something to see first; a pass of its own for one number waits.
		if (unitValue === undefined && method.needs.unit && (!isFirst || partial.progress === 1))
			[unitValue] = await session.unitValue(request.inputs, unit, request.signal);
		if (unitValue !== undefined && !Number.isFinite(unitValue))
			throw await notFiniteError(session, request.inputs, unit, unitValue, request.signal);
		isFirst = false;
		const notices = [...(partial.notices ?? []), ...(partial.progress < 1 ? [] : notFiniteNotices(partial.maps))];
		const provenance: Provenance = {
			method: id,
			parameters,
			...(method.needs.unit && { unit: formatUnitAddress(unit) }),
			...(unitValue !== undefined && { unitValue }),
			model: session.path,
			...(request.inputName !== undefined && { input: request.inputName }),
			...(request.baselineName !== undefined && { baseline: request.baselineName }),
			...(request.maskName !== undefined && { masks: request.maskName }),
			...(request.preprocess && { preprocess: request.preprocess }),
			engine: session.engine.title,
			...(method.usesSeed && { seed: prepared.seed }),
			passes: [...session.graph.passes, ...softmax, ...(partial.passes ?? [])],
			...completenessOf(partial),
			...(partial.changes && { changes: partial.changes }),
			milliseconds: performance.now() - started,
			version: VERSION,
			...(notices.length > 0 && { notices }),
		};
		const [ledger, ...others] = ledgers;
		yield {
			maps: partial.maps,
			quantity: partial.quantity ?? method.quantity,
			provenance,
			progress: partial.progress,
			// Of several walks none stands for the map.
			...(ledger && others.length === 0 && { ledger }),
		};
	}
}

/** Recorded where a class is explained by its logit though the model ends in a softmax or sigmoid. */
const SEPARATE_SOFTMAX = "separate-softmax";

function separatesSoftmax(session: ModelSession, { unit, minus }: UnitAddress): boolean {
	return [unit, ...(minus ? [minus] : [])].some((one) => valueOfUnit(session.graph, one).isLogit);
}

/** The last result of a run. */
export async function runToEnd(session: ModelSession, id: string, request: MethodRequest): Promise<ExplanationResult> {
	let last: ExplanationResult | undefined;
	for await (const result of runMethod(session, id, { ...request, endOnly: true })) last = result;
	if (!last) throw new RangeError(`the method ${id} gave no result`);
	return last;
}

/** Maps that are not finite though the unit is: a derivative overflows, or is not defined. */
function notFiniteNotices(maps: readonly AttributionMap[]): string[] {
	return maps.flatMap(({ at, tensor }) => {
		let count = 0;
		for (const value of tensor.data) if (!Number.isFinite(value)) count++;
		return count === 0
			? []
			: [
					`${count} of ${tensor.data.length} numbers of the map at ${at} are not finite: a derivative on the way overflows or is not defined`,
				];
	});
}

function completenessOf(partial: MethodPartial): { completeness?: Completeness } {
	if (!partial.expectedSum || partial.progress < 1) return {};
	const sum = partial.attributedSum?.reduce((total, value) => total + value, 0) ?? sumOfMaps(partial.maps);
	const expected = partial.expectedSum.reduce((total, value) => total + value, 0);
	return { completeness: { sum, expected, gap: expected === 0 ? sum : (sum - expected) / Math.abs(expected) } };
}

function sumOfMaps(maps: readonly AttributionMap[]): number {
	let sum = 0;
	for (const { tensor } of maps) for (const value of tensor.data) sum += value;
	return sum;
}
