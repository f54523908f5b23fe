import { LaminaError, type LaminaErrorData } from "../../shared/errors";
import type { OpRule, Preflight } from "../../shared/preflight";
import { formatUnitAddress } from "../../shared/unit-parser";
import { type Speeds, speedsOf } from "../engine/speed";
import type { MethodRequest } from "../methods/method";
import { completeParameters } from "../methods/parameters";
import { findMethod, runMethod } from "../methods/run-method";
import { programCost } from "../program/cost";
import { Rehearsal, type RehearsedRun } from "../session/rehearsal";
import type { Session } from "../session/session";
import { probe } from "./probe";

/** Milliseconds after which a rehearsal is cut short; what is left is told from its progress. */
const REHEARSAL = 250;

/**
 * What a run will do: the rule of every op on the way back, the time and the memory that it takes. The method runs on
 * plans that compute nothing, so that every method can be foretold without a word of its own; the programs that it asks
 * for are timed on an example or two where that costs little beside the run.
 * @throws InvalidRequestError for whatever would be wrong with the request itself
 */
export async function preflight(session: Session, id: string, request: MethodRequest): Promise<Preflight> {
	const method = findMethod(id);
	const parameters = completeParameters(id, method.parameters, request.parameters);
	const rehearsal = new Rehearsal();
	const { progress, milliseconds, refusal } = await rehearse(session, rehearsal, id, request);
	const unit = method.needs.unit ? (request.unit ?? (await session.topUnit(request.inputs))) : undefined;
	const speeds = speedsOf(session.engine);
	if (!refusal) await probe(rehearsal, speeds, progress);
	const work = workOf(rehearsal.runs, speeds);
	return {
		method: id,
		parameters,
		...(unit && { unit: formatUnitAddress(unit) }),
		engine: session.engine.title,
		rules: rulesOf(rehearsal),
		forward: Math.round(examplesOf(rehearsal, false) / progress),
		backward: Math.round(examplesOf(rehearsal, true) / progress),
		milliseconds: (work.milliseconds + milliseconds) / progress,
		preparationMilliseconds: preparationOf(rehearsal, speeds),
		basis: work.basis,
		memoryBytes: memoryOf(rehearsal.runs),
		...(refusal && { refusal }),
	};
}

/** @returns how far the rehearsal went, and what it took beside the plans: masks, sums, pictures */
async function rehearse(
	session: Session,
	rehearsal: Rehearsal,
	id: string,
	request: MethodRequest,
): Promise<{ progress: number; milliseconds: number; refusal?: LaminaErrorData }> {
	const started = performance.now();
	let progress = 1;
	let refusal: LaminaErrorData | undefined;
	try {
		for await (const partial of runMethod(session.rehearse(rehearsal), id, request)) {
			progress = Math.max(partial.progress, 1e-4);
			if (performance.now() - started - rehearsal.building > REHEARSAL) break;
		}
	} catch (thrown) {
		// A walk that a rule refuses is what a pre-flight is asked for; a request that is wrong is wrong here too.
		if (!(thrown instanceof LaminaError) || thrown.code !== "unsupported") throw thrown;
		refusal = thrown.toData();
	}
	const milliseconds = Math.max(0, performance.now() - started - rehearsal.building);
	return { progress, milliseconds, ...(refusal && { refusal }) };
}

function workOf(runs: readonly RehearsedRun[], speeds: Speeds): Pick<Preflight, "milliseconds" | "basis"> {
	const bases = ["measured", "corrected", "modelled"] as const;
	let [milliseconds, worst] = [0, 0];
	for (const { program, outputs, examples } of runs) {
		const estimate = speeds.estimate(program, outputs, examples);
		milliseconds += estimate.milliseconds;
		worst = Math.max(worst, bases.indexOf(estimate.basis));
	}
	return { milliseconds, basis: bases[worst] ?? "modelled" };
}

function preparationOf({ programs, runs }: Rehearsal, speeds: Speeds): number {
	const seen = new Set<string>();
	let milliseconds = 0;
	for (const { program, outputs } of runs) {
		const key = `${[...programs.keys()].indexOf(program)}|${outputs?.join()}`;
		if (seen.has(key) || speeds.hasRun(program, outputs)) continue;
		seen.add(key);
		milliseconds += speeds.preparation(program, outputs);
	}
	return milliseconds;
}

function memoryOf(runs: readonly RehearsedRun[]): number {
	let most = 0;
	const largest = new Map<string, RehearsedRun>();
	for (const run of runs) {
		const key = `${run.program.instructions.length}|${run.outputs?.join()}`;
		if ((largest.get(key)?.examples ?? 0) < run.examples) largest.set(key, run);
	}
	for (const { program, outputs, examples } of largest.values()) {
		const cost = programCost(program, outputs);
		most = Math.max(most, cost.weightBytes + cost.peakBytes(examples));
	}
	return most;
}

const examplesOf = ({ runs, walked }: Rehearsal, backward: boolean): number =>
	runs.reduce((sum, { program, examples }) => sum + (walked.has(program) === backward ? examples : 0), 0);

/** Of all walks; the same op with the same rule once. */
function rulesOf({ walks }: Rehearsal): OpRule[] {
	const rules = new Map<string, OpRule>();
	for (const walk of walks.values())
		for (const rule of walk) rules.set([rule.layer, rule.op, rule.rule].join("|"), { ...rule });
	return [...rules.values()];
}
