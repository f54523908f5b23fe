import { CancelledError } from "../../../shared/errors";

/** Copies of the first batch: its result is there at once, and shows that the work goes on. */
const FIRST = 2;

/**
 * Cuts work into batches that begin small, so that a first result is there soon, and double up to the largest.
 * @throws CancelledError between batches when the signal says so
 */
export function* batchesOf<Item>(
	items: Iterable<Item>,
	largest: number,
	signal: AbortSignal | undefined,
): Generator<Item[], void, void> {
	let size = Math.min(FIRST, largest);
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
