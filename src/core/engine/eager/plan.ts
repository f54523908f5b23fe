import { LaminaError } from "../../../shared/errors";
import type { Tensor } from "../../../shared/tensor";
import { programCost } from "../../program/cost";
import { type Schedule, schedule } from "../../program/liveness";
import type { HoistedProgram } from "../../program/passes/hoist";
import type { Instruction, Program } from "../../program/types";
import type { Plan, WeightSource } from "../engine";
import { checkInputs, checkOutputs } from "../inputs";
import type { EagerBackend, Handle } from "./backend";
import { execute } from "./execute";
import type { HeldWeights } from "./weights";

/** Convolutions take scratch memory beside their operands. */
const SCRATCH = 1.25;

/** A program with its weights in the memory of a backend. */
export class EagerPlan implements Plan {
	private readonly schedules = new Map<string, Schedule>();
	private readonly cost;
	private running = 0;
	private isDisposed = false;

	private constructor(
		readonly program: Program,
		private readonly main: Program,
		private readonly backend: EagerBackend,
		/** Weights, derived weights and constants by instruction id of `main`. */
		private readonly sources: ReadonlyMap<number, Handle>,
		private readonly releaseSources: () => void,
		private readonly onDispose: (plan: EagerPlan) => void,
	) {
		this.cost = programCost(main);
	}

	/** Reads the weights and computes what depends on them alone. */
	static async create(
		program: Program,
		{ prepare, main, derived }: HoistedProgram,
		backend: EagerBackend,
		weights: HeldWeights,
		source: WeightSource,
		onDispose: (plan: EagerPlan) => void,
	): Promise<EagerPlan> {
		const own: Handle[] = [];
		const borrowed: string[] = [];
		const release = () => {
			for (const handle of own) backend.release(handle);
			for (const name of borrowed) weights.release(source, name);
		};
		const borrow = async ({ attributes, type }: Instruction) => {
			const name = String(attributes.name);
			const handle = await weights.acquire(source, name, type);
			borrowed.push(name);
			return handle;
		};
		const constant = ({ attributes, type }: Instruction) => {
			const handle = backend.upload({
				dtype: type.dtype,
				shape: type.shape as number[],
				data: attributes.data as Tensor["data"],
			});
			own.push(handle);
			return handle;
		};
		try {
			const prepared = prepare ? await runPrepare(prepare, backend, weights, source) : new Map<string, Handle>();
			own.push(...prepared.values());
			const sources = new Map<number, Handle>();
			for (const instruction of main.instructions) {
				const { id, op, attributes } = instruction;
				if (op === "constant") sources.set(id, constant(instruction));
				else if (op === "weight")
					sources.set(
						id,
						derived.has(String(attributes.name))
							? (prepared.get(String(attributes.name)) as Handle)
							: await borrow(instruction),
					);
			}
			return new EagerPlan(program, main, backend, sources, release, onDispose);
		} catch (error) {
			release();
			throw error;
		}
	}

	async run(
		inputs: Readonly<Record<string, Tensor>>,
		outputs: readonly string[] = [...this.program.outputs.keys()],
		signal?: AbortSignal,
	): Promise<Record<string, Tensor>> {
		if (this.isDisposed) throw new LaminaError({ code: "failed", message: "The plan was disposed of." });
		const batch = checkInputs(this.program, inputs);
		checkOutputs(this.program, outputs);
		this.checkMemory(batch);
		const { backend, main } = this;
		const uploaded: Handle[] = [];
		this.running++;
		try {
			const source = (instruction: Instruction) => {
				if (instruction.op !== "input") return this.sources.get(instruction.id);
				const handle = backend.upload(inputs[String(instruction.attributes.name)] as Tensor);
				uploaded.push(handle);
				return handle;
			};
			const results = await execute({
				backend,
				program: main,
				schedule: this.scheduleFor(outputs),
				batch,
				source,
				signal,
			});
			const tensors = Object.fromEntries(
				outputs.map((name) => [name, backend.download(results.get(main.outputs.get(name) as number) as Handle)]),
			);
			for (const handle of results.values()) backend.release(handle);
			return tensors;
		} finally {
			for (const handle of uploaded) backend.release(handle);
			this.running--;
			this.releaseWhenIdle();
		}
	}

	dispose(): void {
		if (this.isDisposed) return;
		this.isDisposed = true;
		this.onDispose(this);
		this.releaseWhenIdle();
	}

	private releaseWhenIdle(): void {
		if (this.isDisposed && this.running === 0) this.releaseSources();
	}

	private scheduleFor(outputs: readonly string[]): Schedule {
		const key = JSON.stringify(outputs);
		let found = this.schedules.get(key);
		if (!found) {
			found = schedule(this.main, outputs);
			this.schedules.set(key, found);
		}
		return found;
	}

	/** WASM overwrites its own memory when it runs out: better not to start. */
	private checkMemory(batch: number): void {
		const needed = this.cost.peakBytes(batch) * SCRATCH + this.backend.bytes;
		if (needed <= this.backend.limit) return;
		const gigabytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
		throw new LaminaError({
			code: "failed",
			message: `A batch of ${batch} needs about ${gigabytes(needed)}, but the WASM engine holds at most ${gigabytes(this.backend.limit)}.`,
			hint: "Use a smaller batch, or install the native engine (lamina doctor tells how).",
		});
	}
}

async function runPrepare(
	prepare: Program,
	backend: EagerBackend,
	weights: HeldWeights,
	source: WeightSource,
): Promise<Map<string, Handle>> {
	const borrowed: string[] = [];
	const given = new Map<number, Handle>();
	const constants: Handle[] = [];
	try {
		for (const { id, op, attributes, type } of prepare.instructions) {
			if (op === "weight") {
				given.set(id, await weights.acquire(source, String(attributes.name), type));
				borrowed.push(String(attributes.name));
			} else if (op === "constant") {
				const handle = backend.upload({
					dtype: type.dtype,
					shape: type.shape as number[],
					data: attributes.data as Tensor["data"],
				});
				constants.push(handle);
				given.set(id, handle);
			}
		}
		const results = await execute({
			backend,
			program: prepare,
			schedule: schedule(prepare),
			batch: 1,
			source: ({ id }) => given.get(id),
		});
		return new Map([...prepare.outputs].map(([name, id]) => [name, results.get(id) as Handle]));
	} finally {
		for (const handle of constants) backend.release(handle);
		for (const name of borrowed) weights.release(source, name);
	}
}
