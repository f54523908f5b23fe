import type { Lamina } from "./lamina";
import type { Measured, Reference } from "./reference";
import { nameOf, type Task } from "./tasks";

export interface Result extends Task {
	readonly name: string;
	readonly lamina: Side;
	readonly reference?: Side;
	/** Median of the reference over median of Lamina: above 1 Lamina is faster. */
	readonly ratio?: number;
	/** The same of processor time. */
	readonly cpuRatio?: number;
}

export interface Side {
	/** Milliseconds, as all times here. */
	readonly median: number;
	/** Median of the processor time. */
	readonly cpuMedian: number;
	readonly fastest: number;
	/** The first run, with everything that is done once. */
	readonly first: number;
	readonly milliseconds: readonly number[];
	/** Until the first partial result; median. */
	readonly firstPartial?: number;
	/** Mean of the absolute results. */
	readonly mean: number;
	readonly peakBytes: number;
}

/**
 * A side goes on for so long in its turn, in milliseconds: of work that takes less, most runs follow another one, as
 * those of a benchmark in a loop do. After a pause processors and caches have to wake up first, which of a run of 20 ms
 * is a third.
 */
const TURN = 300;

/** Runs both sides in turn, so that whatever else the machine does meets both. */
export async function compare(
	task: Task,
	rounds: number,
	lamina: Lamina,
	reference: Reference | undefined,
): Promise<Result> {
	const sides = [lamina, ...(reference ? [reference] : [])].map((runner) => ({ runner, runs: [] as Measured[] }));
	for (let round = 0; round <= Math.min(rounds, task.rounds); round++) {
		for (const { runner, runs } of sides) {
			// Threads of the other side spin for a while after their work.
			await new Promise((resolve) => setTimeout(resolve, 100));
			const start = performance.now();
			do runs.push(await runner.run(task.network, task.work, task.batch));
			while (performance.now() - start < TURN);
		}
	}
	const [own, other] = sides.map(({ runs }) => sideOf(runs, nameOf(task)));
	return {
		...task,
		name: nameOf(task),
		lamina: own as Side,
		...(other && {
			reference: other,
			ratio: other.median / (own as Side).median,
			cpuRatio: other.cpuMedian / (own as Side).cpuMedian,
		}),
	};
}

function sideOf(runs: readonly Measured[], name: string): Side {
	const [first, ...rest] = runs as [Measured, ...Measured[]];
	const milliseconds = rest.map((run) => run.milliseconds);
	const partials = rest.flatMap(({ firstMilliseconds }) => firstMilliseconds ?? []);
	const mean = first.mean;
	// float32 numbers below 1.2e-38 are denormal: a net that vanishes so far measures something else.
	if (!(mean > 1e-30 && mean < 1e30))
		throw new Error(`${name}: the results are ${mean} on average; the net vanishes or explodes`);
	return {
		median: medianOf(milliseconds),
		cpuMedian: medianOf(rest.map((run) => run.cpuMilliseconds)),
		fastest: Math.min(...milliseconds),
		first: first.milliseconds,
		milliseconds,
		...(partials.length > 0 && { firstPartial: medianOf(partials) }),
		mean,
		peakBytes: Math.max(...runs.map((run) => run.peakBytes)),
	};
}

export function medianOf(values: readonly number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = sorted.length >> 1;
	return sorted.length % 2
		? (sorted[middle] as number)
		: ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
