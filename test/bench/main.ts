import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { createEngine } from "../../src/core/engine/registry";
import { type EditorTimes, measureEditor } from "./editor";
import { Lamina } from "./lamina";
import { NETWORKS, type NetworkName } from "./networks";
import { type Measured, Reference, type Work } from "./reference";

const HELP = `npm run bench -- [--out FILE] [--rounds N] [--only PART...] [--without-editor]
  --out FILE      write the JSON there instead of to standard output
  --threads N     of both sides (default 2; 1 compares best where other programs want the cores)
  --rounds N      runs of each piece of work (default 7; long ones are run fewer times)
  --only PART     only work whose name (mobilenet-v1 gradient 8) has PART in it
LAMINA_BENCH_PYTHON names a Python with torch and captum to compare with: both run in turn.`;

interface Task {
	readonly network: NetworkName;
	readonly work: Work;
	readonly batch: number;
	/** At most so many rounds. */
	readonly rounds: number;
}

interface Result extends Task {
	readonly name: string;
	readonly lamina: Side;
	readonly reference?: Side;
	/** Median of the reference over median of Lamina: above 1 Lamina is faster. */
	readonly ratio?: number;
	/** The same of processor time. */
	readonly cpuRatio?: number;
}

interface Side {
	/** Milliseconds, as all times here. */
	readonly median: number;
	/** Median of the processor time. */
	readonly cpuMedian: number;
	readonly fastest: number;
	/** The first run, with everything that is done once. */
	readonly first: number;
	readonly milliseconds: readonly number[];
	/** Mean of the absolute results. */
	readonly mean: number;
	readonly peakBytes: number;
}

const TASKS: readonly Task[] = [
	...NETWORKS.flatMap((network) =>
		[1, 8].flatMap((batch) =>
			(["forward", "gradient"] as const).map((work) => ({ network, work, batch, rounds: Number.POSITIVE_INFINITY })),
		),
	),
	{ network: "mobilenet-v1", work: "integrated-gradients", batch: 1, rounds: 5 },
	{ network: "resnet-50", work: "integrated-gradients", batch: 1, rounds: 3 },
	{ network: "mobilenet-v1", work: "occlusion", batch: 1, rounds: 3 },
];

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
		lamina.close();
		engine.dispose();
		const editor = values["without-editor"] ? undefined : await measureEditor(rounds, cacheDir);
		if (editor) sayEditor(editor);
		const report = {
			engine: engine.title,
			threads,
			processor: cpus()[0]?.model,
			results,
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

function positive(option: string, text: string): number {
	const value = Number(text);
	if (!Number.isInteger(value) || value < 1) throw new Error(`--${option} must be a whole number above 0, not ${text}`);
	return value;
}

/** Runs both sides in turn, so that whatever else the machine does meets both. */
async function compare(task: Task, rounds: number, lamina: Lamina, reference: Reference | undefined): Promise<Result> {
	const sides = [lamina, ...(reference ? [reference] : [])].map((runner) => ({ runner, runs: [] as Measured[] }));
	for (let round = 0; round <= Math.min(rounds, task.rounds); round++) {
		for (const { runner, runs } of sides) {
			// Threads of the other side spin for a while after their work.
			await new Promise((resolve) => setTimeout(resolve, 100));
			runs.push(await runner.run(task.network, task.work, task.batch));
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
		mean,
		peakBytes: Math.max(...runs.map((run) => run.peakBytes)),
	};
}

function medianOf(values: readonly number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = sorted.length >> 1;
	return sorted.length % 2
		? (sorted[middle] as number)
		: ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

const nameOf = ({ network, work, batch }: Task) => `${network} ${work} ${batch}`;

function tableRow({ name, lamina, reference, ratio, cpuRatio }: Result): string {
	const side = (title: string, { median, cpuMedian, first, peakBytes }: Side) =>
		`${title} ${milliseconds(median)} (processor ${milliseconds(cpuMedian)}, first ${milliseconds(first)}, ${(peakBytes / 1e9).toFixed(1)} GB)`;
	const compared =
		reference && ratio && cpuRatio
			? `  ${side("PyTorch", reference)}  ratio ${ratio.toFixed(2)}, of processor time ${cpuRatio.toFixed(2)}`
			: "";
	return `${name.padEnd(38)} ${side("Lamina", lamina)}${compared}`;
}

function sayEditor(times: EditorTimes): void {
	const titles: Record<keyof EditorTimes, string> = {
		firstPicture: "model file to first pictures",
		hoverFirst: "hover on a layer for the first time",
		hoverWarm: "hover on a layer looked at before",
		hoverAgain: "the same hover again",
	};
	for (const [key, title] of Object.entries(titles))
		say(`${title.padEnd(38)} ${milliseconds(medianOf(times[key as keyof EditorTimes]))}`);
}

function milliseconds(value: number): string {
	return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;
}

function say(line: string): void {
	process.stderr.write(`${line}\n`);
}

main().catch((error: unknown) => {
	say(error instanceof Error ? error.message : String(error));
	process.exitCode = 1;
});
