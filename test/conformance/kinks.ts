import { Random } from "../../src/core/data/numbers/random";
import type { Case, Data } from "./manifest";
import { flatten } from "./manifest";

/** The least and the largest number that was found, for each element. */
export interface Range {
	readonly least: Float64Array;
	readonly most: Float64Array;
}

/** Inputs that are tried. */
const NUDGES = 24;

/** The distance of two neighbours among float32, as a share of the number, at most. */
const STEP = 2 ** -23;

/**
 * What a case gives where its inputs are moved by a step of float32 at most: what its arithmetic can hardly tell apart. Where a value before a ReLU is exactly 0 (captumx-005: weights and inputs of few binary digits, at three points of
 * the path), rounding puts it to one side or the other, and the gradient jumps.
 */
export async function withinRounding(entry: Case, run: (nudged: Case) => Promise<ArrayLike<number>>): Promise<Range> {
	const random = new Random(1);
	const least: number[] = [];
	const most: number[] = [];
	for (let nudge = 0; nudge < NUDGES; nudge++) {
		const inputs = Object.entries(entry.inputs ?? {}).map(([name, data]) => [name, nudged(data, random)]);
		const got = await run({ ...entry, inputs: Object.fromEntries(inputs) });
		for (let at = 0; at < got.length; at++) {
			least[at] = Math.min(least[at] ?? Number.POSITIVE_INFINITY, got[at] as number);
			most[at] = Math.max(most[at] ?? Number.NEGATIVE_INFINITY, got[at] as number);
		}
	}
	return { least: Float64Array.from(least), most: Float64Array.from(most) };
}

function nudged(data: Data, random: Random): Data {
	const numbers = flatten(data.data);
	// Whole numbers are exact.
	if (numbers.every(Number.isInteger)) return data;
	return { ...data, data: numbers.map((value) => value * (1 + (2 * random.uniform() - 1) * STEP)) };
}
