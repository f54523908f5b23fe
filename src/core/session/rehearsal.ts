import { sizeOf, type Tensor, type TensorData } from "../../shared/tensor";
import type { Plan } from "../engine/engine";
import { checkInputs } from "../engine/inputs";
import type { PlanCache, PlanSource, Plans } from "../engine/plan-cache";
import { outputsKey } from "../engine/speed/preparations";
import { bindShape } from "../program/dims";
import type { Instruction, Program } from "../program/types";
import type { AssignedRule } from "../rules/assign";

/** Runs of one program that a method would make. */
export interface RehearsedRun {
	readonly program: Program;
	readonly outputs: readonly string[] | undefined;
	readonly examples: number;
}

/** All runs of the same outputs of a program. */
export interface RehearsedGroup extends Pick<RehearsedRun, "program" | "outputs"> {
	readonly runs: readonly RehearsedRun[];
}

/** A program that a method would run, and where the real session would take it from. */
export interface RehearsedProgram {
	readonly program: Program;
	readonly isCompiled: boolean;
	/** Makes the real plan ready. */
	compile(): Promise<Plan>;
}

/** What is noted while a method runs on plans that compute nothing. */
export class Rehearsal {
	readonly programs = new Map<Program, RehearsedProgram>();
	readonly runs: RehearsedRun[] = [];
	/** Milliseconds that were spent on building programs. */
	building = 0;
	/** Of each backward walk, by the key of its plan. */
	readonly walks = new Map<string, readonly AssignedRule[]>();
	/** Programs that walk back. */
	readonly walked = new Set<Program>();

	/** Runs by what is computed. */
	groups(): RehearsedGroup[] {
		const groups = new Map<string, RehearsedRun[]>();
		const numbers = new Map([...this.programs.keys()].map((program, number) => [program, number]));
		for (const run of this.runs) {
			const key = `${numbers.get(run.program)}|${outputsKey(run.outputs)}`;
			const group = groups.get(key);
			if (group) group.push(run);
			else groups.set(key, [run]);
		}
		return [...groups.values()].map((runs) => ({
			program: (runs[0] as RehearsedRun).program,
			outputs: runs[0]?.outputs,
			runs,
		}));
	}

	/** Plans that note what is asked of them and answer with zeros; programs that the real cache holds are taken from it. */
	plans(real: PlanCache): Plans {
		const made = new Map<string, Plan>();
		return {
			plan: async (key, source) => {
				const known = made.get(key) ?? (await this.rehearsed(key, source, real));
				made.set(key, known);
				return known;
			},
			dispose: () => made.clear(),
		};
	}

	private async rehearsed(key: string, source: () => PlanSource | Promise<PlanSource>, real: PlanCache): Promise<Plan> {
		const cached = real.peek(key);
		const started = performance.now();
		const opened = cached ? undefined : await source();
		this.building += performance.now() - started;
		const program = cached?.program ?? (opened as PlanSource).program;
		if (this.walks.has(key)) this.walked.add(program);
		this.programs.set(program, {
			program,
			isCompiled: cached?.isCompiled ?? false,
			compile: () => real.plan(key, () => opened ?? source()),
		});
		return {
			program,
			run: async (inputs, outputs) => {
				const examples = checkInputs(program, inputs);
				this.runs.push({ program, outputs, examples });
				const names = outputs ?? [...program.outputs.keys()];
				return Object.fromEntries(names.map((name) => [name, zeros(program, name, examples)]));
			},
			dispose: () => undefined,
		};
	}
}

function zeros(program: Program, output: string, examples: number): Tensor {
	const { type } = program.instructions[program.outputs.get(output) as number] as Instruction;
	const shape = bindShape(type.shape, examples);
	return { dtype: type.dtype, shape, data: empty(type.dtype, sizeOf(shape)) };
}

function empty(dtype: Tensor["dtype"], size: number): TensorData {
	if (dtype === "float32") return new Float32Array(size);
	return dtype === "int32" ? new Int32Array(size) : new Uint8Array(size);
}
