import { LaminaError } from "../../../shared/errors";
import type { Tensor } from "../../../shared/tensor";
import { rewrite } from "../../program/passes/rewrite";
import type { Program } from "../../program/types";
import type { Engine, Plan, WeightSource } from "../engine";
import { GraphLoader } from "./graph-loader";
import type { LoadedGraph } from "./loaded-graph";
import { loadNative, type NativeBinding, type NativeLibrary } from "./native";
import { assertKnown } from "./program-graph";
import { SessionPlan } from "./session-plan";
import { CacheFolder } from "./storage/cache-folder";

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

/** A plan with so few outputs is loaded for all of them at once; of more, each run asks for some. */
const FEW_OUTPUTS = 8;

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

class SessionEngine implements Engine {
	readonly id = "session";
	readonly title: string;
	private readonly loader: GraphLoader;
	private readonly plans = new Set<SessionPlan>();
	private readonly graphs = new Set<LoadedGraph>();
	private isDisposed = false;

	constructor(
		binding: NativeBinding,
		private readonly cache: CacheFolder,
	) {
		this.title = `TensorFlow ${binding.TF_Version} (native)`;
		this.loader = new GraphLoader(binding, cache);
	}

	async compile(program: Program, source: WeightSource): Promise<Plan> {
		this.assertUsable();
		assertKnown(program);
		const weights = remembering(source);
		const plan = new SessionPlan(
			program,
			(outputs) => this.load(restrict(program, outputs), weights),
			(disposed) => this.plans.delete(disposed),
		);
		this.plans.add(plan);
		if (program.outputs.size <= FEW_OUTPUTS) {
			try {
				await plan.prepare([...program.outputs.keys()]);
			} catch (error) {
				plan.dispose();
				throw error;
			}
		}
		return plan;
	}

	private async load(program: Program, weights: WeightSource): Promise<LoadedGraph> {
		this.assertUsable();
		const graph = await this.loader.load(program, weights, (disposed) => this.graphs.delete(disposed));
		this.graphs.add(graph);
		return graph;
	}

	/** Bytes of the graphs. Mapped weights are the file cache's and are given back when memory is short. */
	memory(): number {
		let bytes = 0;
		for (const graph of this.graphs) bytes += graph.bytes;
		return bytes;
	}

	dispose(): void {
		if (this.isDisposed) return;
		this.isDisposed = true;
		for (const plan of [...this.plans]) plan.dispose();
		for (const graph of [...this.graphs]) graph.dispose();
		this.cache.release();
	}

	private assertUsable(): void {
		if (this.isDisposed) throw new LaminaError({ code: "failed", message: "The engine was disposed of." });
	}
}

/** The part of a program that some outputs need. */
function restrict(program: Program, outputs: readonly string[]): Program {
	const wanted = new Set(outputs);
	return rewrite({ ...program, outputs: new Map([...program.outputs].filter(([name]) => wanted.has(name))) });
}

/** Weights smaller than this are kept once they were read: every graph of a plan asks for them again. */
const REMEMBERED_BYTES = 64 * 1024;

function remembering(source: WeightSource): WeightSource {
	const values = new Map<string, Tensor>();
	const fingerprints = new Map<string, Promise<string>>();
	return {
		async read(name) {
			const known = values.get(name);
			if (known) return known;
			const tensor = await source.read(name);
			if (tensor.data.byteLength <= REMEMBERED_BYTES) values.set(name, tensor);
			return tensor;
		},
		fingerprint(name) {
			const fingerprint = fingerprints.get(name) ?? source.fingerprint(name);
			fingerprints.set(name, fingerprint);
			fingerprint.catch(() => fingerprints.delete(name));
			return fingerprint;
		},
	};
}
