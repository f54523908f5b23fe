import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import type { Job, Report } from "./child";
import type { Mutation } from "./mutation";

const MOST_BYTES = 1e9;
/** No good file of the suite takes a second; a slow machine under load may take some. */
const MOST_SECONDS = 30;
const PROCESSES = 2;

export interface Tally {
	read: number;
	refused: number;
	/** What went wrong, with the mutation that makes it go wrong again. */
	failures: string[];
	peakBytes: number;
}

/** Opens every mutation in child processes; one that crashes, hangs or takes too much memory is replaced and the rest goes on. */
export async function runMutations(sources: readonly string[], mutations: readonly Mutation[]): Promise<Tally> {
	const folder = mkdtempSync(join(tmpdir(), "lamina-fuzz-"));
	const program = join(folder, "child.cjs");
	await build({
		entryPoints: [join(__dirname, "child.ts")],
		outfile: program,
		bundle: true,
		platform: "node",
		format: "cjs",
		target: "node20",
		logLevel: "silent",
	});
	const tally: Tally = { read: 0, refused: 0, failures: [], peakBytes: 0 };
	try {
		const lanes = Array.from({ length: PROCESSES }, (_, lane) =>
			mutations.flatMap((_, index) => (index % PROCESSES === lane ? [index] : [])),
		);
		await Promise.all(
			lanes.map((indices, lane) =>
				runLane({ sources, mutations, folder: join(folder, `lane${lane}`) }, indices, program, tally),
			),
		);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
	return tally;
}

async function runLane(
	job: Omit<Job, "indices">,
	indices: readonly number[],
	program: string,
	tally: Tally,
): Promise<void> {
	let left = [...indices];
	while (left.length > 0) {
		const { done, reason } = await runChild({ ...job, indices: left }, program, tally);
		left = left.slice(done);
		if (left.length === 0) return;
		fail(tally, job, left[0] as number, reason);
		left = left.slice(1);
	}
}

/** @returns how many mutations were opened, and why the process ended when they were not all */
function runChild(job: Job, program: string, tally: Tally): Promise<{ done: number; reason: string }> {
	const file = `${job.folder}.json`;
	writeFileSync(file, JSON.stringify(job));
	return new Promise((resolve) => {
		let done = 0;
		let reason = "";
		let errors = "";
		const child: ChildProcess = fork(program, [file], {
			execArgv: ["--max-old-space-size=768"],
			stdio: ["ignore", "ignore", "pipe", "ipc"],
		});
		child.stderr?.on("data", (data: Buffer) => {
			errors = `${errors}${data}`.slice(-2000);
		});
		let timer: NodeJS.Timeout | undefined;
		const stop = (why: string) => {
			reason = why;
			child.kill("SIGKILL");
		};
		child.on("message", (report: Report) => {
			clearTimeout(timer);
			timer = setTimeout(() => stop(`it took longer than ${MOST_SECONDS} s`), MOST_SECONDS * 1000);
			if ("started" in report) return;
			tally.peakBytes = Math.max(tally.peakBytes, report.peakBytes);
			if (report.peakBytes > MOST_BYTES) return stop(`the process grew to ${Math.round(report.peakBytes / 1e6)} MB`);
			done++;
			if (report.result === "failed") fail(tally, job, report.index, report.message ?? "");
			else tally[report.result]++;
		});
		child.on("exit", (code, signal) => {
			clearTimeout(timer);
			resolve({ done, reason: reason || `the process ended with ${signal ?? code}: ${errors}` });
		});
	});
}

function fail(tally: Tally, job: Omit<Job, "indices">, index: number, reason: string): void {
	const mutation = job.mutations[index] as Mutation;
	tally.failures.push(`mutation ${index} of ${job.sources[mutation.source]}: ${reason}\n${JSON.stringify(mutation)}`);
}
