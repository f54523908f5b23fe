import { LaminaError, type LaminaErrorData } from "../../shared/errors";
import type { MethodRequest } from "../methods/method";
import { runMethod } from "../methods/run-method";
import { Rehearsal } from "../session/rehearsal";
import type { Session } from "../session/session";

/**
 * Why a method cannot answer a request on this model, with nothing computed: the first result of a rehearsal is enough
 * to know. `undefined` where it can, and where only the request itself wants changing.
 */
export async function refusalOf(
	session: Session,
	id: string,
	request: MethodRequest,
): Promise<LaminaErrorData | undefined> {
	try {
		const course = runMethod(session.rehearse(new Rehearsal()), id, { ...request, endOnly: true });
		// What is shown before anything is computed tells nothing.
		for await (const { progress } of course) if (progress > 0) break;
	} catch (thrown) {
		if (!(thrown instanceof LaminaError)) throw thrown;
		if (thrown.code === "unsupported") return thrown.toData();
	}
	return undefined;
}
