import { createHash } from "node:crypto";
import { LaminaError } from "../../shared/errors";
import type { Tensor } from "../../shared/tensor";
import type { Program } from "../program/types";
import type { Engine, Plan, WeightSource } from "./engine";
import { checkInputs } from "./inputs";

export interface PlanCacheLimits {
	/** Most compiled plans at a time. */
	readonly plans: number;
	/** Bytes that the engine may hold before idle plans are given up. */
	readonly bytes: number;
}

const DEFAULT_LIMITS: PlanCacheLimits = { plans: 64, bytes: 2 * 2 ** 30 };

/** What a plan is compiled of. */
export interface PlanSource {
	readonly program: Program;
	readonly weights: WeightSource;
}

/** Where a session gets its plans. */
export interface Plans {
	/**
	 * The plan for a key, made when it is not there.
	 * @param key whatever decides program and weights: {@link programKey}, or something that is known before the program is built
	 * @param source called only when there is no plan under the key
	 */
	plan(key: string, source: () => PlanSource | Promise<PlanSource>): Promise<Plan>;
	dispose(): void;
}

/** Told of each run: how many examples of which outputs took how long. */
export type RunObserver = (run: CompletedRun) => void;

export interface CompletedRun {
	readonly program: Program;
	readonly outputs: readonly string[] | undefined;
	readonly examples: number;
	readonly milliseconds: number;
	/** The plan was compiled for this run, or had never run: it holds work that is done once. */
	readonly isFirst: boolean;
	/** What compiling took before, where this is the first run after it. */
	readonly compileMilliseconds: number;
}

interface Entry {
	readonly source: PlanSource;
	compiled: Promise<Plan> | undefined;
	/** Of compiling, until a run has told of it. */
	compileMilliseconds: number;
	/** Runs under way: such a plan is not given up. */
	running: number;
	/** Sets of outputs that have been run: an engine may prepare each by itself. */
	readonly ran: Set<string>;
}

/**
 * Compiled plans, the least recently run given up first. A plan from here may be kept for good: when its compiled form
 * was given up meanwhile, its next run compiles it again.
 */
export class PlanCache implements Plans {
	/** In the order of their last use. */
	private readonly entries = new Map<string, Entry>();
	private readonly opening = new Map<string, Promise<Entry>>();
	private readonly limits: PlanCacheLimits;
	private isDisposed = false;

	constructor(
		private readonly engine: Engine,
		limits: Partial<PlanCacheLimits> = {},
		private readonly observe?: RunObserver,
	) {
		this.limits = { ...DEFAULT_LIMITS, ...limits };
	}

	/** Compiled plans held now. */
	get size(): number {
		return [...this.entries.values()].filter(({ compiled }) => compiled).length;
	}

	/** The program under a key, and whether it is compiled; nothing is made, and nothing counts as used. */
	peek(key: string): { readonly program: Program; readonly isCompiled: boolean } | undefined {
		const entry = this.entries.get(key);
		return entry && { program: entry.source.program, isCompiled: entry.compiled !== undefined };
	}

	/** Compiles when there is no plan. Calls for one key at the same time compile it once. */
	async plan(key: string, source: () => PlanSource | Promise<PlanSource>): Promise<Plan> {
		this.assertUsable();
		const entry = await this.entry(key, source);
		await this.compiled(key, entry);
		return {
			program: entry.source.program,
			run: (inputs, outputs, signal) => this.run(key, entry, inputs, outputs, signal),
			dispose: () => this.give(key, entry),
		};
	}

	dispose(): void {
		this.isDisposed = true;
		for (const [key, entry] of [...this.entries]) this.give(key, entry);
	}

	private async entry(key: string, source: () => PlanSource | Promise<PlanSource>): Promise<Entry> {
		const known = this.entries.get(key);
		if (known) return known;
		const ongoing = this.opening.get(key);
		if (ongoing) return ongoing;
		const made = Promise.resolve()
			.then(source)
			.then(
				(opened): Entry => ({
					source: opened,
					compiled: undefined,
					compileMilliseconds: 0,
					running: 0,
					ran: new Set(),
				}),
			);
		this.opening.set(key, made);
		try {
			const entry = await made;
			this.entries.set(key, entry);
			return entry;
		} finally {
			this.opening.delete(key);
		}
	}

	private compiled(key: string, entry: Entry): Promise<Plan> {
		this.assertUsable();
		this.entries.delete(key);
		this.entries.set(key, entry);
		if (!entry.compiled) {
			const started = performance.now();
			const compiling = this.engine.compile(entry.source.program, entry.source.weights);
			entry.compiled = compiling;
			compiling.then(
				() => {
					entry.compileMilliseconds = performance.now() - started;
					this.shrink();
				},
				// A failure is not kept: the next call tries again.
				() => this.entries.get(key) === entry && this.entries.delete(key),
			);
			compiling.catch(() => {
				entry.compiled = undefined;
			});
		}
		return entry.compiled;
	}

	private async run(
		key: string,
		entry: Entry,
		inputs: Readonly<Record<string, Tensor>>,
		outputs?: readonly string[],
		signal?: AbortSignal,
	): Promise<Record<string, Tensor>> {
		entry.running++;
		try {
			const wanted = outputs ? [...outputs].sort().join() : "";
			const isFirst = !entry.compiled || !entry.ran.has(wanted);
			const plan = await this.compiled(key, entry);
			const started = performance.now();
			const result = await plan.run(inputs, outputs, signal);
			const milliseconds = performance.now() - started;
			const { program } = entry.source;
			const { compileMilliseconds } = entry;
			this.observe?.({
				program,
				outputs,
				examples: checkInputs(program, inputs),
				milliseconds,
				isFirst,
				compileMilliseconds,
			});
			entry.compileMilliseconds = 0;
			entry.ran.add(wanted);
			return result;
		} finally {
			entry.running--;
			this.shrink();
		}
	}

	private shrink(): void {
		for (const [key, entry] of [...this.entries]) {
			const isWithin = this.size <= this.limits.plans && this.engine.memory() <= this.limits.bytes;
			// The plan that was used last stays, however big it is.
			if (isWithin || this.entries.size === 1) return;
			if (entry.compiled && entry.running === 0 && key !== this.newest()) this.give(key, entry);
		}
	}

	private newest(): string | undefined {
		return [...this.entries.keys()].at(-1);
	}

	private give(key: string, entry: Entry): void {
		if (this.entries.get(key) === entry) this.entries.delete(key);
		const { compiled } = entry;
		entry.compiled = undefined;
		compiled?.then(
			(plan) => plan.dispose(),
			() => undefined,
		);
	}

	private assertUsable(): void {
		if (this.isDisposed) throw new LaminaError({ code: "failed", message: "The plans were disposed of." });
	}
}

/** Equal keys compute the same: a digest of the whole program, constants included, and of what names the weights. */
export function programKey(program: Program, weightsId: string): string {
	const hash = createHash("sha256").update(weightsId);
	for (const { op, inputs, attributes, type } of program.instructions) {
		hash.update(`\n${op}(${inputs.join()})${type.dtype}[${type.shape.join()}]`);
		for (const name of Object.keys(attributes).sort()) {
			const value = attributes[name];
			hash.update(` ${name}=`);
			if (ArrayBuffer.isView(value)) hash.update(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
			// JSON has neither -0 nor infinities.
			else
				hash.update(
					typeof value === "number" ? (Object.is(value, -0) ? "-0" : String(value)) : (JSON.stringify(value) ?? ""),
				);
		}
	}
	for (const [name, id] of [...program.inputs, ...program.outputs]) hash.update(`\n${JSON.stringify(name)} %${id}`);
	return hash.digest("hex");
}
