import { totalmem } from "node:os";
import type { EngineId } from "../engine/engine";
import { bytesOf, programCost } from "../program/cost";
import type { Program } from "../program/types";

/** Engines that run op by op: their compositions hold intermediate values that the estimate does not know. */
const OP_BY_OP: ReadonlySet<EngineId> = new Set(["wasm", "cpu"]);

/** What an op-by-op engine needs beyond the estimate at most: 7 times on darknet (44 MB an example for 6.4 MB). */
const INTERMEDIATES = 8;

/** Bytes that values of running programs may take when nothing else is said: an eighth of the memory, at most 1 GiB. */
export function defaultMemoryBudget(engine: EngineId): number {
	return Math.min(2 ** 30, totalmem() / 8) / (OP_BY_OP.has(engine) ? INTERMEDIATES : 1);
}

/** Bytes that one more example adds to a run of the program. */
export function bytesPerExample(program: Program): number {
	const cost = programCost(program);
	return Math.max(1, cost.peakBytes(2) - cost.peakBytes(1));
}

/** The same for a gradient of a program, before its backward walk is built: every value and its gradient are alive at once. */
export function backwardBytesPerExample(forward: Program): number {
	const growing = forward.instructions.filter(({ type }) => type.shape.some((extent) => extent < 0));
	return 2 * growing.reduce((sum, { type }) => sum + bytesOf(type, 1), 0);
}

/** Most examples of one run: larger batches gain nothing, and answer late when they are told to stop. */
const LARGEST_BATCH = 256;

/** Examples at once for a budget: at least 1. */
export function examplesWithin(budget: number, bytes: number): number {
	return Math.max(1, Math.min(LARGEST_BATCH, Math.floor(budget / Math.max(1, bytes))));
}
