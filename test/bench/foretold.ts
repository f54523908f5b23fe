import { execFileSync } from "node:child_process";
import path from "node:path";
import { nameOf, type Task } from "./tasks";

/** A pre-flight beside the run that followed it. Memory is what the process grew by. */
export interface Foretold {
	readonly toldMilliseconds: number;
	readonly milliseconds: number;
	readonly toldBytes: number;
	readonly bytes: number;
}

/** In a process of its own: memory that a process had once it keeps. */
export function foretoldOf({ network, work }: Task, threads: number): Foretold {
	const program = path.join("test", "bench", "foretell.ts");
	const words = [path.join("scripts", "typescript.mjs"), program, network, work, String(threads)];
	return JSON.parse(execFileSync(process.execPath, words, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
}

export function foretoldRow(task: Task, { toldMilliseconds, milliseconds, toldBytes, bytes }: Foretold): string {
	const ratio = (told: number, found: number) => (found / told).toFixed(2);
	const megabytes = (value: number) => (value / 2 ** 20).toFixed(0);
	return (
		`${`${nameOf(task)} foretold`.padEnd(38)} ${toldMilliseconds.toFixed(0)} ms, took ${milliseconds.toFixed(0)} ms (${ratio(toldMilliseconds, milliseconds)}); ` +
		`${megabytes(toldBytes)} MiB, grew by ${megabytes(bytes)} MiB (${ratio(toldBytes, bytes)})`
	);
}
