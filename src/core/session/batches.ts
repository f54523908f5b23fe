import { CancelledError, LaminaError } from "../../shared/errors";
import type { Tensor } from "../../shared/tensor";

/**
 * Lets everything else in this process have its turn before a run, which may block it: the message that cancels the
 * job, another explanation.
 * @throws CancelledError
 */
export async function takeTurn(signal: AbortSignal | undefined): Promise<void> {
	await new Promise((resolve) => setImmediate(resolve));
	if (signal?.aborted) throw new CancelledError();
}

/** Runs `batch` examples, as many at a time as may be. @throws CancelledError between two runs */
export async function runBatches(
	batch: number,
	examples: number,
	signal: AbortSignal | undefined,
	run: (from: number, to: number) => Promise<Record<string, Tensor>>,
): Promise<Record<string, Tensor>[]> {
	const results: Record<string, Tensor>[] = [];
	for (let from = 0; from < batch; from += examples) {
		await takeTurn(signal);
		results.push(await run(from, Math.min(batch, from + examples)));
	}
	return results;
}

/** @throws LaminaError `failed` when the engine left it out */
export function outputOf(result: Record<string, Tensor>, name: string): Tensor {
	const tensor = result[name];
	if (!tensor) throw new LaminaError({ code: "failed", message: `the engine gave no value for ${name}` });
	return tensor;
}
