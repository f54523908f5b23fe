import { bytesOf, instructionFlops } from "../program/cost";
import { schedule } from "../program/liveness";
import { fixedValues } from "../program/passes/hoist";
import type { Instruction, Program } from "../program/types";
import type { Engine, EngineId } from "./engine";
import type { CompletedRun } from "./plan-cache";

/** What a run of a program is made of, by what limits each part. */
export interface Work {
	/** Floating-point operations of convolutions and matrix products. */
	readonly dense: number;
	/** Floating-point operations of depthwise convolutions. */
	readonly depthwise: number;
	/** Bytes read and written by everything else. */
	readonly bytes: number;
	/** Bytes of kernels, of matrices and of inputs that all examples share: read once for a whole batch. */
	readonly kernels: number;
	readonly instructions: number;
}

const DENSE = /^(conv|matmul)/;
const DEPTHWISE = /^depthwise/;
/** Take no time: other views of a value, and what is there before the run. */
const FREE = new Set(["constant", "weight", "input", "reshape"]);

/** The work of some outputs of a program for `n` examples; what depends on weights alone is computed once, before. */
export function workOf(program: Program, outputs: readonly string[] | undefined, n: number): Work {
	const work = { dense: 0, depthwise: 0, bytes: 0, kernels: 0, instructions: 0 };
	const fixed = fixedValues(program);
	const typeOf = (id: number) => (program.instructions[id] as Instruction).type;
	for (const id of schedule(program, outputs).order) {
		const instruction = program.instructions[id] as Instruction;
		const isForAll = instruction.type.shape.every((extent) => extent >= 0);
		if (instruction.op === "input" && isForAll) work.kernels += bytesOf(instruction.type, 1);
		if (FREE.has(instruction.op) || fixed.has(id)) continue;
		work.instructions++;
		const flops = instructionFlops(program, instruction) * (isForAll ? 1 : n);
		if (DEPTHWISE.test(instruction.op) || DENSE.test(instruction.op))
			for (const value of instruction.inputs) if (fixed.has(value)) work.kernels += bytesOf(typeOf(value), 1);
		if (DEPTHWISE.test(instruction.op)) work.depthwise += flops;
		else if (DENSE.test(instruction.op)) work.dense += flops;
		else for (const value of [id, ...instruction.inputs]) work.bytes += bytesOf(typeOf(value), n);
	}
	return work;
}

/** How long the parts of a run take, in milliseconds. */
interface Rates {
	/** For each floating-point operation. */
	readonly dense: number;
	readonly depthwise: number;
	/** For each byte. */
	readonly bytes: number;
	/** For each byte of a kernel: read, and laid out as the convolution wants it. */
	readonly kernels: number;
	/** For each instruction, however small its values. */
	readonly instruction: number;
	/** To make an instruction ready to run, once. */
	readonly compile: number;
	/** For each byte of a kernel, once. */
	readonly load: number;
}

/**
 * Of two cores of 2024, two threads: where a model has not run yet these weigh its parts against each other; how fast the
 * machine is as a whole is measured.
 */
const RATES: Readonly<Record<EngineId, Rates>> = {
	session: {
		dense: 4.5e-9,
		depthwise: 1.2e-8,
		bytes: 8e-8,
		kernels: 2.5e-7,
		instruction: 0.02,
		compile: 1,
		load: 1e-6,
	},
	wasm: { dense: 7e-8, depthwise: 1.5e-7, bytes: 6e-7, kernels: 1e-7, instruction: 0.02, compile: 0.02, load: 5e-7 },
	cpu: { dense: 2e-7, depthwise: 2e-7, bytes: 8e-6, kernels: 1e-7, instruction: 0.1, compile: 0.02, load: 5e-7 },
};

interface Sample {
	readonly examples: number;
	readonly milliseconds: number;
}

export interface TimeEstimate {
	readonly milliseconds: number;
	/** `measured`: this program ran before. `corrected`: others did, on this machine. `modelled`: nothing ran yet. */
	readonly basis: "measured" | "corrected" | "modelled";
}

/** Most runs that count for the speed of the machine. */
const REMEMBERED = 32;

/** Samples of one program that are kept: enough for its speed at small and large batches. */
const SAMPLES = 8;

/** How long programs take on one engine: what they are made of, corrected by what was measured here. */
export class Speeds {
	/** Of each program by its outputs; the last one for each batch size. */
	private readonly samples = new WeakMap<Program, Map<string, Map<number, Sample>>>();
	private readonly ran = new WeakMap<Program, Set<string>>();
	/** Measured over modelled time of the last runs. */
	private readonly ratios: number[] = [];
	private readonly compileRatios: number[] = [];
	/** Names and shapes of weights that programs have read. */
	private readonly read = new Set<string>();
	private readonly rates: Rates;

	constructor(engine: EngineId) {
		this.rates = RATES[engine];
	}

	readonly observe = ({ program, outputs, examples, milliseconds, isFirst }: CompletedRun): void => {
		const work = workOf(program, outputs, examples);
		const key = keyOf(outputs);
		this.ran.set(program, (this.ran.get(program) ?? new Set()).add(key));
		if (isFirst) {
			// Reading weights for the first time says nothing of programs that read them again.
			if (this.knows(program)) {
				const once = milliseconds - this.modelled(work) * (median(this.ratios) ?? 1);
				remember(this.compileRatios, Math.max(0, once) / Math.max(1, this.modelledPreparation(work)));
			}
			return;
		}
		const ofProgram = this.samples.get(program) ?? new Map<string, Map<number, Sample>>();
		this.samples.set(program, ofProgram);
		const known = ofProgram.get(key) ?? new Map<number, Sample>();
		ofProgram.set(key, known);
		known.delete(examples);
		known.set(examples, { examples, milliseconds });
		const [oldest] = known.keys();
		if (known.size > SAMPLES && oldest !== undefined) known.delete(oldest);
		remember(this.ratios, milliseconds / this.modelled(work));
	};

	/** Whether anything ran, so that the speed of the machine is known. */
	get isMeasured(): boolean {
		return this.ratios.length > 0;
	}

	/** How long a run of some outputs will take, once the program is ready. */
	estimate(program: Program, outputs: readonly string[] | undefined, examples: number): TimeEstimate {
		const model = (n: number) => this.modelled(workOf(program, outputs, n));
		const known = [...(this.samples.get(program)?.get(keyOf(outputs))?.values() ?? [])];
		const away = (sample: Sample) => Math.abs(Math.log(sample.examples / examples));
		const [nearest] = known.sort((a, b) => away(a) - away(b));
		if (nearest)
			return { milliseconds: (nearest.milliseconds * model(examples)) / model(nearest.examples), basis: "measured" };
		const ratio = median(this.ratios);
		return ratio === undefined
			? { milliseconds: model(examples), basis: "modelled" }
			: { milliseconds: model(examples) * ratio, basis: "corrected" };
	}

	/** Whether some outputs of a program have been computed: nothing is left to prepare. */
	hasRun(program: Program, outputs: readonly string[] | undefined): boolean {
		return this.ran.get(program)?.has(keyOf(outputs)) ?? false;
	}

	/** Milliseconds until a program is ready that has not run yet. */
	preparation(program: Program, outputs: readonly string[] | undefined): number {
		return this.modelledPreparation(workOf(program, outputs, 1)) * (median(this.compileRatios) ?? 1);
	}

	private modelledPreparation({ instructions, kernels }: Work): number {
		return instructions * this.rates.compile + kernels * this.rates.load;
	}

	/** Whether the weights of a program have been read before; from now on they have. */
	private knows(program: Program): boolean {
		let isKnown = true;
		for (const { op, attributes, type } of program.instructions) {
			if (op !== "weight") continue;
			const name = `${attributes.name} ${type.shape}`;
			isKnown &&= this.read.has(name);
			this.read.add(name);
		}
		return isKnown;
	}

	private modelled({ dense, depthwise, bytes, kernels, instructions }: Work): number {
		const { rates } = this;
		return Math.max(
			1e-3,
			dense * rates.dense +
				depthwise * rates.depthwise +
				bytes * rates.bytes +
				kernels * rates.kernels +
				instructions * rates.instruction,
		);
	}
}

const keyOf = (outputs: readonly string[] | undefined): string => (outputs ? [...outputs].sort().join("|") : "");

function remember(values: number[], value: number): void {
	values.push(value);
	if (values.length > REMEMBERED) values.shift();
}

function median(values: readonly number[]): number | undefined {
	return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

const speeds = new WeakMap<Engine, Speeds>();

/** The speeds that were measured on an engine. */
export function speedsOf(engine: Engine): Speeds {
	const known = speeds.get(engine) ?? new Speeds(engine.id);
	speeds.set(engine, known);
	return known;
}
