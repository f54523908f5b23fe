// Opens mutated models one after the other and reports each: a process of its own, so that a crash, a hang or too much
// memory is seen from outside and costs one case.

import { readFileSync } from "node:fs";
import { writeMutated } from "./mutate";
import type { Mutation } from "./mutation";
import { type Outcome, openOne } from "./open-one";

export interface Job {
	readonly sources: readonly string[];
	readonly mutations: readonly Mutation[];
	/** Indices of the mutations that this process opens. */
	readonly indices: readonly number[];
	/** Folder for mutated files. */
	readonly folder: string;
}

export type Report = { readonly started: number } | ({ readonly index: number; readonly peakBytes: number } & Outcome);

async function main(): Promise<void> {
	const job = JSON.parse(readFileSync(process.argv[2] as string, "utf8")) as Job;
	for (const index of job.indices) {
		process.send?.({ started: index } satisfies Report);
		const mutation = job.mutations[index] as Mutation;
		const file = writeMutated(job.sources[mutation.source] as string, mutation, job.folder);
		const outcome = await openOne(file);
		process.send?.({ index, peakBytes: process.resourceUsage().maxRSS * 1024, ...outcome } satisfies Report);
	}
	process.disconnect?.();
}

main();
