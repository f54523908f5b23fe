import { CancelledError } from "../../../shared/errors";

/**
 * Cuts work into batches that begin with one alone, so that a first result is there soon, and double up to the largest.
 * @throws CancelledError between batches when the signal says so
 */
export function* batchesOf<Item>(
	items: Iterable<Item>,
	largest: number,
	signal: AbortSignal | undefined,
): Generator<Item[], void, void> {
	let size = 1;
	let batch: Item[] = [];
	for (const item of items) {
		batch.push(item);
		if (batch.length < size) continue;
		if (signal?.aborted) throw new CancelledError();
		yield batch;
		batch = [];
		size = Math.min(largest, 2 * size);
	}
	if (signal?.aborted) throw new CancelledError();
	if (batch.length > 0) yield batch;
}
