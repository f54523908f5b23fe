/** Repetitions `from` up to `from + size` of all that are to be computed. */
export interface Batch {
	readonly from: number;
	readonly size: number;
}

/** How much a batch grows over the one before it. */
const GROWTH = 4;

/**
 * Splits repetitions into batches: one alone first, so that there is something to see at once, then more and more up to
 * what fits the memory.
 * @param count of repetitions
 * @param most that are computed at once
 */
export function* growingBatches(count: number, most: number): Generator<Batch, void, void> {
	let size = 1;
	for (let from = 0; from < count; from += size, size = Math.min(most, size * GROWTH)) {
		size = Math.min(size, count - from);
		yield { from, size };
	}
}
