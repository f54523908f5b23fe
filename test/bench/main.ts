import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { createEngine } from "../../src/core/engine/registry";
import { compare, type Result } from "./compare";
import { measureEditor } from "./editor";
import { type Foretold, foretoldOf, foretoldRow } from "./foretold";
import { Lamina, METHODS } from "./lamina";
import { Reference, type Work } from "./reference";
import { milliseconds, say, sayEditor, tableRow } from "./table";
import { nameOf, TASKS, type Task } from "./tasks";

const HELP = `npm run bench -- [--out FILE] [--rounds N] [--only PART...] [--without-editor]
  --out FILE      write the JSON there instead of to standard output
  --threads N     of both sides (default 2; 1 compares best where other programs want the cores)
  --rounds N      turns of each piece of work (default 7; long ones get fewer), of 0.3 s or one run
  --only PART     only work whose name (mobilenet-v1 gradient 8) has PART in it
LAMINA_BENCH_PYTHON names a Python with torch, captum and zennit to compare with: both run in turn.`;

/** Milliseconds after which methods are cancelled. */
const CANCELLED_AFTER = [50, 200, 500, 1000, 2000];

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			out: { type: "string" },
			rounds: { type: "string", default: "7" },
			threads: { type: "string", default: String(Math.min(2, availableParallelism())) },
			only: { type: "string", multiple: true, default: [] },
			"without-editor": { type: "boolean", default: false },
			help: { type: "boolean", default: false },
		},
	});
	if (values.help) return void process.stdout.write(`${HELP}\n`);
	const rounds = positive("rounds", values.rounds);
	const threads = positive("threads", values.threads);
	const python = process.env.LAMINA_BENCH_PYTHON;
	if (python?.includes(path.sep) && !existsSync(python))
		throw new Error(`LAMINA_BENCH_PYTHON is ${python}, which does not exist`);
	const tasks = TASKS.filter((task) => values.only.every((part) => nameOf(task).includes(part)));
	if (tasks.length === 0)
		throw new Error(`no work is named so: ${values.only.join(", ")}. There is: ${TASKS.map(nameOf).join(", ")}`);

	const cacheDir = mkdtempSync(path.join(tmpdir(), "lamina-bench-cache-"));
	const { engine, notice } = await createEngine("auto", { cacheDir, threads });
	say(
		`${engine.title}, ${threads} threads, ${cpus()[0]?.model ?? "unknown processor"}${python ? "" : "; LAMINA_BENCH_PYTHON is not set: nothing to compare with"}`,
	);
	if (notice) say(notice);
	const lamina = new Lamina(engine);
	const reference = python ? new Reference(python, threads) : undefined;
	try {
		const results: Result[] = [];
		for (const task of tasks) {
			results.push(await compare(task, rounds, lamina, reference));
			say(tableRow(results.at(-1) as Result));
		}
		// What follows is about Lamina alone.
		reference?.end();
		const cancelled = await cancelling(lamina, tasks);
		const foretold = process.platform === "linux" ? foretelling(tasks, threads) : undefined;
		lamina.close();
		engine.dispose();
		const editor = values["without-editor"] ? undefined : await measureEditor(rounds, cacheDir);
		if (editor) sayEditor(editor);
		const report = {
			engine: engine.title,
			threads,
			processor: cpus()[0]?.model,
			results,
			cancelled,
			...(foretold && { foretold }),
			...(editor && { editor }),
		};
		const json = `${JSON.stringify(report, null, 2)}\n`;
		if (values.out) writeFileSync(values.out, json);
		else process.stdout.write(json);
	} finally {
		reference?.end();
		rmSync(cacheDir, { recursive: true, force: true });
	}
}

/** Longest time for which a method holds the engine after it was told to stop, in milliseconds, by work. */
async function cancelling(lamina: Lamina, tasks: readonly Task[]): Promise<Record<string, number>> {
	const longest: Record<string, number> = {};
	for (const task of tasks) {
		const { network, work } = task;
		if (!isMethod(work)) continue;
		const times: number[] = [];
		for (const after of CANCELLED_AFTER) times.push(await lamina.cancel(network, work, after));
		longest[nameOf(task)] = Math.max(...times);
		say(`${`${nameOf(task)} cancelled`.padEnd(38)} lets go after ${milliseconds(Math.max(...times))} at most`);
	}
	return longest;
}

/** Pre-flights beside the runs that followed them, by work. */
function foretelling(tasks: readonly Task[], threads: number): Record<string, Foretold> {
	const all: Record<string, Foretold> = {};
	for (const task of tasks) {
		if (!isMethod(task.work)) continue;
		const foretold = foretoldOf(task, threads);
		all[nameOf(task)] = foretold;
		say(foretoldRow(task, foretold));
	}
	return all;
}

const isMethod = (work: Work): work is keyof typeof METHODS => work in METHODS;

function positive(option: string, text: string): number {
	const value = Number(text);
	if (!Number.isInteger(value) || value < 1) throw new Error(`--${option} must be a whole number above 0, not ${text}`);
	return value;
}

main().catch((error: unknown) => {
	say(error instanceof Error ? error.message : String(error));
	process.exitCode = 1;
});
