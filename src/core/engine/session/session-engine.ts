import { createHash } from "node:crypto";
import { LaminaError } from "../../../shared/errors";
import type { Tensor } from "../../../shared/tensor";
import { type HoistedProgram, hoist } from "../../program/hoist";
import { simplify } from "../../program/simplify";
import type { Instruction, Program } from "../../program/types";
import type { Engine, Plan, WeightSource } from "../engine";
import { CacheFolder } from "./cache-folder";
import { type Ref, shapeMessage } from "./graph-writer";
import { loadGraph, type MappedFile, MappedWeights } from "./mapped-weights";
import { loadNative, type NativeBinding, type NativeLibrary } from "./native";
import { writeProgram } from "./program-graph";
import { DATA_TYPE, encodeSavedModel, type TensorInfoMessage } from "./saved-model-proto";
import { SessionPlan } from "./session-plan";
import { byteSize, checkType, WeightFiles } from "./weight-files";

export interface SessionEngineOptions {
	/** Folder for mapped weights and temporary graphs; shared by all processes. */
	cacheDir: string;
	native: NativeLibrary;
	/** Threads; absent: one for each core. Only the first engine of a process can set it. */
	threads?: number;
	/** Bytes of weight files kept from earlier runs; absent: 4 GB. */
	cacheLimit?: number;
}

const DEFAULT_CACHE_LIMIT = 4 * 2 ** 30;

/**
 * Weights up to so many bytes are part of the graph. TensorFlow folds and reorders those once, but copies them several
 * times while it loads a graph; bigger ones are mapped.
 */
const LARGEST_CONSTANT = 16 * 1024;

/** Bytes of derived weights that are computed in one run. */
const PREPARED_AT_ONCE = 256 * 2 ** 20;

/**
 * Runs programs as TensorFlow graphs: each is written as a SavedModel, optimised and compiled by TensorFlow once, and
 * run many times with any batch size. A run blocks its process.
 * @throws LaminaError `failed` when the library does not load or the cache folder cannot be used
 */
export async function createSessionEngine(options: SessionEngineOptions): Promise<Engine> {
	const binding = loadNative(options.native, { threads: options.threads });
	try {
		return new SessionEngine(binding, new CacheFolder(options.cacheDir, options.cacheLimit ?? DEFAULT_CACHE_LIMIT));
	} catch (cause) {
		const reason = cause instanceof Error ? cause.message : String(cause);
		const hint = "Choose another cache folder with LAMINA_CACHE.";
		throw new LaminaError(
			{ code: "failed", message: `The cache folder cannot be used: ${reason}`, where: options.cacheDir, hint },
			{ cause },
		);
	}
}

/** A weight as it enters a graph: its values when it is small, else the file that is mapped. */
type PlacedWeight = Tensor | MappedFile;

class SessionEngine implements Engine {
	readonly id = "session";
	readonly title: string;
	private readonly files: WeightFiles;
	private readonly mapped: MappedWeights;
	private readonly plans = new Map<SessionPlan, number>();
	private isDisposed = false;

	constructor(
		private readonly binding: NativeBinding,
		private readonly cache: CacheFolder,
	) {
		this.title = `TensorFlow ${binding.TF_Version} (native)`;
		this.files = new WeightFiles(cache.weights);
		this.mapped = new MappedWeights(binding, cache);
	}

	async compile(program: Program, source: WeightSource): Promise<Plan> {
		this.assertUsable();
		const hoisted = hoist(simplify(program));
		const weights = hoisted.prepare ? await this.withDerived(hoisted, source) : source;
		return this.load(program, hoisted.main, weights);
	}

	/** The weights and what {@link hoist} derived of them, which is computed once and kept for all plans to come. */
	private async withDerived({ prepare, derived }: HoistedProgram, source: WeightSource): Promise<WeightSource> {
		const fingerprints = new Map<string, string>();
		for (const [name, parts] of derived) {
			const digest = createHash("sha256").update(name);
			for (const part of parts) digest.update(`\n${await source.fingerprint(part)}`);
			fingerprints.set(name, digest.digest("hex"));
		}
		const program = prepare as Program;
		const missing: string[] = [];
		for (const [name, fingerprint] of fingerprints) {
			const { type } = program.instructions[program.outputs.get(name) as number] as Instruction;
			if (!(await this.files.has(fingerprint, type))) missing.push(name);
		}
		if (missing.length > 0) {
			const plan = await this.load(program, program, source);
			try {
				for (const group of bySize(program, missing)) {
					for (const [name, value] of Object.entries(await plan.run({}, group))) {
						await this.files.ensure(fingerprints.get(name) as string, value, async () => value);
					}
				}
			} finally {
				plan.dispose();
			}
		}
		return {
			fingerprint: async (name) => fingerprints.get(name) ?? source.fingerprint(name),
			read: async (name) => {
				const fingerprint = fingerprints.get(name);
				if (fingerprint === undefined) return source.read(name);
				const { type } = program.instructions[program.outputs.get(name) as number] as Instruction;
				return this.files.readBack(this.files.path(fingerprint), type);
			},
		};
	}

	/** Writes `main` as a graph and loads it; it computes what `program` says. */
	private async load(program: Program, main: Program, weights: WeightSource): Promise<SessionPlan> {
		const placed = await this.place(main, weights);
		this.assertUsable();
		const fed = new Map<string, Ref>();
		const { graph, inputs, outputs } = writeProgram(main, (writer, instruction) => {
			const name = weightName(instruction);
			const weight = placed.get(name) as PlacedWeight;
			if ("data" in weight) return writer.constant(weight.data, weight.shape, weight.dtype);
			const { port, value } = writer.fed(`weight_${fed.size}`, instruction.type);
			fed.set(name, port);
			return value;
		});
		const encoded = encodeSavedModel(graph.nodes, tensorInfos(inputs), tensorInfos(outputs));
		const files = [...fed.keys()].map((name) => placed.get(name) as MappedFile);
		const tensors = this.acquire(files);
		let session: number;
		try {
			session = loadGraph(this.binding, this.cache, encoded);
		} catch (cause) {
			this.mapped.release(files);
			throw refused("TensorFlow does not take the program", cause);
		}
		const ports = { inputs: portNames(inputs), outputs: portNames(outputs), weights: [...portNames(fed).values()] };
		const plan = new SessionPlan(program, this.binding, session, ports, tensors, () => {
			this.mapped.release(files);
			this.plans.delete(plan);
		});
		this.plans.set(plan, encoded.length);
		return plan;
	}

	private acquire(files: readonly MappedFile[]): number[] {
		try {
			return this.mapped.acquire(files);
		} catch (cause) {
			throw refused("The weights in the cache cannot be mapped into memory", cause);
		}
	}

	private async place(program: Program, weights: WeightSource): Promise<Map<string, PlacedWeight>> {
		const placed = new Map<string, PlacedWeight>();
		for (const instruction of program.instructions) {
			const name = instruction.op === "weight" ? weightName(instruction) : undefined;
			if (name === undefined || placed.has(name)) continue;
			const { type } = instruction;
			if (byteSize(type) <= LARGEST_CONSTANT) {
				const values = await weights.read(name);
				checkType(type, values);
				placed.set(name, values);
			} else {
				const file = await this.files.ensure(await weights.fingerprint(name), type, () => weights.read(name));
				placed.set(name, { file, type });
			}
		}
		return placed;
	}

	/** Bytes of the graphs. Mapped weights are the file cache's and are given back when memory is short. */
	memory(): number {
		let bytes = 0;
		for (const graph of this.plans.values()) bytes += graph;
		return bytes;
	}

	dispose(): void {
		if (this.isDisposed) return;
		this.isDisposed = true;
		for (const plan of [...this.plans.keys()]) plan.dispose();
		this.cache.release();
	}

	private assertUsable(): void {
		if (this.isDisposed) throw new LaminaError({ code: "failed", message: "The engine was disposed of." });
	}
}

/** Outputs in groups that fit the memory: each group is one run, and TensorFlow compiles each run anew. */
function bySize(program: Program, names: readonly string[]): string[][] {
	const groups: string[][] = [];
	let bytes = Number.POSITIVE_INFINITY;
	for (const name of names) {
		const { type } = program.instructions[program.outputs.get(name) as number] as Instruction;
		bytes += byteSize(type);
		if (bytes > PREPARED_AT_ONCE) {
			groups.push([]);
			bytes = byteSize(type);
		}
		groups.at(-1)?.push(name);
	}
	return groups;
}

function weightName({ attributes }: Instruction): string {
	return String(attributes.name);
}

/** TensorFlow's message without its trace. */
function refused(what: string, cause: unknown): LaminaError {
	const reason = cause instanceof Error ? cause.message : String(cause);
	return new LaminaError({ code: "failed", message: `${what}: ${reason.split("\n")[0]}` }, { cause });
}

function portNames(refs: ReadonlyMap<string, Ref>): Map<string, string> {
	return new Map([...refs].map(([name, ref]) => [name, `${ref.name}:0`]));
}

function tensorInfos(refs: ReadonlyMap<string, Ref>): Record<string, TensorInfoMessage> {
	return Object.fromEntries(
		[...refs].map(([name, ref]) => [
			name,
			{ name: `${ref.name}:0`, dtype: DATA_TYPE[ref.dtype], tensorShape: shapeMessage(ref.shape) },
		]),
	);
}
