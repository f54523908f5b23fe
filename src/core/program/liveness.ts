import type { Program } from "./types";

/** What has to be computed for some outputs, in order, and when each value is read for the last time. */
export interface Schedule {
	/** Ids of the instructions to run. */
	readonly order: readonly number[];
	/** For each position in `order`, the ids that nothing reads afterwards; outputs are never among them. */
	readonly released: readonly (readonly number[])[];
}

/** @param outputs names of the wanted outputs. Unknown names are the caller's to check. */
export function schedule(program: Program, outputs: Iterable<string> = program.outputs.keys()): Schedule {
	const wanted = [...outputs].map((name) => program.outputs.get(name) as number);
	const needed = new Set<number>(wanted);
	for (let id = program.instructions.length - 1; id >= 0; id--) {
		if (needed.has(id)) for (const input of program.instructions[id]?.inputs ?? []) needed.add(input);
	}
	const order = program.instructions.filter(({ id }) => needed.has(id)).map(({ id }) => id);
	const last = new Map<number, number>();
	for (const [position, id] of order.entries()) {
		last.set(id, position);
		for (const input of program.instructions[id]?.inputs ?? []) last.set(input, position);
	}
	const released: number[][] = order.map(() => []);
	const kept = new Set(wanted);
	for (const [id, position] of last) if (!kept.has(id)) released[position]?.push(id);
	return { order, released };
}
