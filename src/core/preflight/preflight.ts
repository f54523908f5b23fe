import type { OpRule, Preflight } from "../../shared/preflight";
import { formatUnitAddress } from "../../shared/unit-parser";
import { type Speeds, speedsOf } from "../engine/speed/speeds";
import type { MethodRequest } from "../methods/method";
import { completeParameters } from "../methods/parameters";
import { findMethod } from "../methods/run-method";
import { Rehearsal, type RehearsedRun } from "../session/rehearsal";
import type { Session } from "../session/session";
import { memoryOf } from "./memory";
import { calibrate, probe } from "./probe";
import { extrapolated, type Mark, rehearse } from "./rehearse";

export type RunsIn = "this process" | "new process";

/**
 * What a run will do: the rule of every op on the way back, the time and the memory that it takes. The method runs on
 * plans that compute nothing, so that every method can be foretold without a word of its own; the programs that it asks
 * for are timed on an example or two where that costs little beside the run.
 * @param where the run will be: what is ready in this process has to be made ready again in a new one
 * @throws InvalidRequestError for whatever would be wrong with the request itself
 */
export async function preflight(
	session: Session,
	id: string,
	request: MethodRequest,
	where: RunsIn = "this process",
): Promise<Preflight> {
	const method = findMethod(id);
	const parameters = completeParameters(id, method.parameters, request.parameters);
	const rehearsal = new Rehearsal();
	// Before the rehearsal, which then knows the program that tells it as one that is ready.
	const unit = method.needs.unit ? (request.unit ?? (await session.topUnit(request.inputs))) : undefined;
	const { marks, refusal } = await rehearse(session, rehearsal, id, request);
	const speeds = speedsOf(session.engine);
	const whole = (quantity: (mark: Mark) => number) => extrapolated(marks, quantity);
	if (!refusal) {
		await probe(
			rehearsal,
			speeds,
			rehearsal.runs.length /
				Math.max(
					1,
					whole(({ runs }) => runs),
				),
		);
		if (method.needs.input) await calibrate(session, request.inputs, speeds);
	}
	const preparation = preparationOf(rehearsal, speeds, where);
	const estimates = rehearsal.runs.map(({ program, outputs, examples }) => speeds.estimate(program, outputs, examples));
	const upTo = (count: number, of: (at: number) => number) =>
		Array.from({ length: count }, (_, at) => of(at)).reduce((sum, value) => sum + value, 0);
	const examples = (backward: boolean) =>
		Math.round(
			whole(({ runs }) =>
				upTo(runs, (at) => {
					const run = rehearsal.runs[at] as RehearsedRun;
					return rehearsal.walked.has(run.program) === backward ? run.examples : 0;
				}),
			),
		);
	return {
		method: id,
		parameters,
		...(unit && { unit: formatUnitAddress(unit) }),
		engine: session.engine.title,
		rules: rulesOf(rehearsal),
		forward: examples(false),
		backward: examples(true),
		milliseconds:
			preparation +
			whole(({ runs, milliseconds }) => milliseconds + upTo(runs, (at) => estimates[at]?.milliseconds ?? 0)),
		preparationMilliseconds: preparation,
		basis: worstOf(estimates.map(({ basis }) => basis)),
		memoryBytes: memoryOf(session.engine.id, rehearsal.groups()),
		...(refusal && { refusal }),
	};
}

const BASES = ["measured", "corrected", "modelled"] as const;

const worstOf = (bases: readonly Preflight["basis"][]): Preflight["basis"] =>
	BASES[Math.max(0, ...bases.map((basis) => BASES.indexOf(basis)))] ?? "modelled";

/** Of each program that is not ready where the run will be; in a new process each has to be built, too. */
function preparationOf(rehearsal: Rehearsal, { preparations }: Speeds, where: RunsIn): number {
	const isNew = where === "new process";
	const each = rehearsal.groups().map(({ program, outputs }) => {
		const taken = preparations.takenBy(program, outputs);
		if (taken === undefined) return preparations.estimate(program, outputs);
		return isNew ? taken : 0;
	});
	return each.reduce((sum, milliseconds) => sum + milliseconds, isNew ? rehearsal.building : 0);
}

/** Of all walks; the same op with the same rule once. */
function rulesOf({ walks }: Rehearsal): OpRule[] {
	const rules = new Map<string, OpRule>();
	for (const walk of walks.values())
		for (const rule of walk) rules.set([rule.layer, rule.op, rule.rule].join("|"), { ...rule });
	return [...rules.values()];
}
