import { openModel } from "../../src/core/formats/registry";
import { weightStatistics } from "../../src/core/graph/statistics";
import { summarize } from "../../src/core/graph/summary";
import { LaminaError } from "../../src/shared/errors";

export interface Outcome {
	readonly result: "read" | "refused" | "failed";
	/** Of the error. */
	readonly message?: string;
}

/** Everything that the Inspector does with a file before anything is computed: open, summary, all weights, statistics. */
export async function openOne(path: string): Promise<Outcome> {
	try {
		const model = await openModel(path);
		try {
			const summary = await summarize(model, path);
			JSON.stringify(summary);
			await readAll(model.weights);
			for (const { name } of summary.layers.slice(0, 3)) await refusable(() => weightStatistics(model, name));
		} finally {
			model.weights.close();
		}
		return { result: "read" };
	} catch (thrown) {
		return judge(thrown);
	}
}

type Weights = Awaited<ReturnType<typeof openModel>>["weights"];

async function readAll(weights: Weights): Promise<void> {
	for (const { name } of weights.list()) {
		await weights.fingerprint(name);
		await refusable(() => weights.read(name));
	}
}

/** A single damaged weight is told when it is read, and leaves the others readable. */
async function refusable(run: () => Promise<unknown>): Promise<void> {
	try {
		await run();
	} catch (thrown) {
		const { result, message } = judge(thrown);
		if (result === "failed") throw new Error(message);
	}
}

/** A clear error is a LaminaError about the file; one that only wraps a slip of the program's own is none. */
function judge(thrown: unknown): Outcome {
	if (!(thrown instanceof LaminaError)) return { result: "failed", message: describe(thrown) };
	const isAboutFile = thrown.code === "unreadable" || thrown.code === "unsupported";
	if (!isAboutFile || thrown.message.length < 10) return { result: "failed", message: describe(thrown) };
	const { cause } = thrown;
	const isSlip = cause instanceof TypeError || cause instanceof RangeError || cause instanceof ReferenceError;
	// zlib reports damage as a RangeError or a TypeError with a code.
	const isSystem = cause instanceof Error && "code" in cause;
	return isSlip && !isSystem
		? { result: "failed", message: describe(cause) }
		: { result: "refused", message: thrown.message };
}

function describe(thrown: unknown): string {
	return thrown instanceof Error
		? `${thrown.name}: ${thrown.message}\n${(thrown.stack ?? "").split("\n").slice(1, 6).join("\n")}`
		: String(thrown);
}
