import type { EngineId } from "../engine/engine";
import { bytesOf, programCost } from "../program/cost";
import type { Instruction, Program } from "../program/types";
import type { RehearsedGroup } from "../session/rehearsal";

const MIB = 2 ** 20;

/** Of what an engine's memory is made. Measured as growth of the process on MobileNetV1, ResNet-50 and VGG-16 at 224. */
interface Shares {
	/** Of an engine that has started to compute. */
	readonly started: number;
	/** Of each program beyond the first: its graph, and what its ops keep. */
	readonly program: number;
	/** Times the weights while they are laid out, and afterwards. */
	readonly loading: number;
	readonly weights: number;
	/** Times the kernels of convolutions that are walked back. */
	readonly kernels: number;
	/** Times the values that are alive at once: ops that are fused or write into their input hold fewer. */
	readonly values: number;
	/** Times what goes into a run: it is made, copied and collected later. */
	readonly fed: number;
}

const SHARES: Readonly<Record<EngineId, Shares>> = {
	session: { started: 60 * MIB, program: 40 * MIB, loading: 3, weights: 2, kernels: 3, values: 0.6, fed: 6 },
	wasm: { started: 40 * MIB, program: 2 * MIB, loading: 2, weights: 2, kernels: 0, values: 2, fed: 6 },
	cpu: { started: 20 * MIB, program: 2 * MIB, loading: 2, weights: 2, kernels: 0, values: 2, fed: 6 },
};

/** Most bytes by which a process grows that makes these runs, from an engine that has computed nothing. */
export function memoryOf(engine: EngineId, groups: readonly RehearsedGroup[]): number {
	const share = SHARES[engine];
	let [loading, running] = [0, 0];
	for (const { program, outputs, runs } of groups) {
		const cost = programCost(program, outputs);
		const examples = Math.max(...runs.map((run) => run.examples));
		loading = Math.max(loading, share.loading * cost.weightBytes);
		running = Math.max(
			running,
			share.weights * cost.weightBytes +
				share.kernels * kernelBytes(program) +
				share.values * cost.peakBytes(examples) +
				share.fed * fedBytes(program, examples),
		);
	}
	const programs = new Set(groups.map(({ program }) => program)).size;
	return share.started + share.program * Math.max(0, programs - 1) + Math.max(loading, running);
}

const typeOf = (program: Program, id: number) => (program.instructions[id] as Instruction).type;

function kernelBytes(program: Program): number {
	let bytes = 0;
	for (const { op, inputs } of program.instructions)
		if (/^conv\dd?InputGrad$/.test(op)) bytes += bytesOf(typeOf(program, inputs[1] as number), 1);
	return bytes;
}

function fedBytes(program: Program, examples: number): number {
	let bytes = 0;
	for (const id of program.inputs.values()) bytes += bytesOf(typeOf(program, id), examples);
	return bytes;
}
