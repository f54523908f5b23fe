import { LaminaError, type LaminaErrorData } from "../../shared/errors";
import type { MethodRequest } from "../methods/method";
import { runMethod } from "../methods/run-method";
import type { Rehearsal } from "../session/rehearsal";
import type { Session } from "../session/session";

/** Milliseconds after which a rehearsal may be cut short; what is left is told from its course. */
const ENOUGH = 250;
const AT_MOST = 1500;

/** Partial results that a rehearsal waits for: batches begin small and double. */
const FEWEST = 8;

/** How far a rehearsal is at a partial result. */
export interface Mark {
	readonly progress: number;
	/** Runs of programs up to here. */
	readonly runs: number;
	/** What was spent beside them: masks, sums, pictures. */
	readonly milliseconds: number;
}

/**
 * Runs a method on plans that compute nothing, to its end or for a while.
 * @returns a mark for each partial result; the last one has progress 1 where the end was reached
 */
export async function rehearse(
	session: Session,
	rehearsal: Rehearsal,
	id: string,
	request: MethodRequest,
): Promise<{ marks: readonly Mark[]; refusal?: LaminaErrorData }> {
	const started = performance.now();
	const spent = () => Math.max(0, performance.now() - started - rehearsal.building);
	const marks: Mark[] = [];
	let isCut = false;
	let refusal: LaminaErrorData | undefined;
	try {
		for await (const { progress } of runMethod(session.rehearse(rehearsal), id, request)) {
			marks.push({ progress, runs: rehearsal.runs.length, milliseconds: spent() });
			isCut = spent() > (marks.length < FEWEST ? AT_MOST : ENOUGH);
			if (isCut) break;
		}
	} catch (thrown) {
		// A walk that a rule refuses is what a pre-flight is asked for; a request that is wrong is wrong here too.
		if (!(thrown instanceof LaminaError) || thrown.code !== "unsupported") throw thrown;
		refusal = thrown.toData();
	}
	if (!isCut) marks.push({ progress: 1, runs: rehearsal.runs.length, milliseconds: spent() });
	return { marks, ...(refusal && { refusal }) };
}

/**
 * What a quantity will be at the end. The second half of the marks tells how it grows: before it lie batches that are
 * still small, and what is done once.
 */
export function extrapolated(marks: readonly Mark[], quantity: (mark: Mark) => number): number {
	const last = marks.at(-1) as Mark;
	const left = 1 - last.progress;
	if (left <= 0) return quantity(last);
	const from = marks[(marks.length - 1) >> 1] as Mark;
	const passed = last.progress - from.progress;
	if (passed <= 0) return quantity(last) / Math.max(last.progress, 1e-4);
	return quantity(last) + ((quantity(last) - quantity(from)) * left) / passed;
}
