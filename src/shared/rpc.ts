import { type BirpcReturn, createBirpc } from "birpc";
import { LaminaError, type LaminaErrorData } from "./errors";

/** The two ends of something that carries structured clones: a child process, a webview. */
export interface Channel {
	post(message: unknown): void;
	/** Calls back for each message; the result takes the listener away. */
	listen(receive: (message: unknown) => void): () => void;
}

/** What an error looks like on the wire: structured clone would lose the fields of a LaminaError. */
interface CarriedError {
	lamina: LaminaErrorData;
	stack?: string;
}

/**
 * One typed interface, both sides typed by it. Calls have no time limit: long computations are cancelled instead.
 * @param local plain object of the functions that the other side may call
 * @param events functions of the other side that answer nothing and are not waited for
 */
export function connect<Remote extends object, Local extends object>(
	channel: Channel,
	local: Local,
	events: (keyof Remote)[] = [],
): BirpcReturn<Remote, Local> {
	let stop: (() => void) | undefined;
	return createBirpc<Remote, Local>(carryErrors(local), {
		post: (message) => postOrFail(channel, message),
		on: (receive) => {
			stop = channel.listen(receive);
		},
		off: () => stop?.(),
		eventNames: events,
		timeout: -1,
	});
}

/** What birpc sends as the answer to call `i`; it does not export the type. */
interface Reply {
	t: "s";
	i: string;
	e?: CarriedError;
}

/** What birpc sends as a call; it does not export the type. */
interface Call {
	t: "q";
	a: unknown[];
}

/** A call without the arguments at its end that are not given: a webview is sent JSON, which makes null of them. */
function asGiven(message: Reply | Call): Reply | Call {
	if (message.t !== "q") return message;
	let count = message.a.length;
	while (count > 0 && message.a[count - 1] === undefined) count--;
	return { ...message, a: message.a.slice(0, count) };
}

/** Answers with the error when a result cannot be cloned: the caller would wait without end for one never sent. */
function postOrFail(channel: Channel, message: Reply | Call): void {
	try {
		channel.post(asGiven(message));
	} catch (thrown) {
		if (message.t !== "s") throw thrown;
		channel.post({ t: "s", i: message.i, e: { lamina: LaminaError.from(thrown) } } satisfies Reply);
	}
}

/** Wraps functions so that what they throw crosses as plain data. */
function carryErrors<Local extends object>(local: Local): Local {
	const wrapped: Record<string, unknown> = {};
	for (const [name, value] of Object.entries(local)) {
		wrapped[name] =
			typeof value === "function"
				? async (...args: unknown[]) => {
						try {
							return await value.apply(local, args);
						} catch (thrown) {
							// What was thrown may have been carried from another process already.
							const carried: CarriedError = { lamina: errorOf(thrown) };
							if (thrown instanceof Error && thrown.stack) carried.stack = thrown.stack;
							throw carried;
						}
					}
				: value;
	}
	return wrapped as Local;
}

/** What a failed remote call was about; anything else is `failed`. */
export function errorOf(thrown: unknown): LaminaErrorData {
	if (typeof thrown === "object" && thrown !== null && "lamina" in thrown) return (thrown as CarriedError).lamina;
	return LaminaError.from(thrown);
}
