import { sizeOf, type Tensor } from "../../shared/tensor";
import type { Speeds } from "../engine/speed/speeds";
import { bindShape } from "../program/dims";
import type { Instruction, Program } from "../program/types";
import { type Inputs, sliceInputs } from "../session/inputs";
import type { Rehearsal, RehearsedProgram } from "../session/rehearsal";
import type { Session } from "../session/session";

/** Milliseconds that timing a program may take whatever the run takes. */
const ALWAYS = 250;

/** Share of a run's time that timing its programs may take. */
const SHARE = 0.1;

/** Examples whose time tells that of larger batches. */
const EXAMPLES = [1, 8, 32];

/**
 * Times the programs of a rehearsal on an example or a few, where that costs little beside the run itself. They stay
 * ready for it.
 * @param rehearsed the share of the run's runs that was rehearsed
 */
export async function probe(rehearsal: Rehearsal, speeds: Speeds, rehearsed: number): Promise<void> {
	for (const { program, outputs, runs } of rehearsal.groups()) {
		const estimate = (examples: number) => speeds.estimate(program, outputs, examples);
		const whole = runs.reduce((sum, run) => sum + estimate(run.examples).milliseconds, 0) / rehearsed;
		const most = Math.max(...runs.map(({ examples }) => examples));
		for (const examples of EXAMPLES) {
			const { milliseconds, basis } = estimate(examples);
			if (basis === "measured" && examples === 1) continue;
			if (examples > most || 2 * milliseconds > Math.max(ALWAYS, SHARE * whole)) break;
			await time(rehearsal.programs.get(program) as RehearsedProgram, outputs, examples);
		}
	}
}

/** An example of the model that takes longer is not worth an estimate. */
const LONGEST = 1000;

/** Where nothing ran yet, the model itself, forwards, tells how fast the machine is. */
export async function calibrate(session: Session, inputs: Inputs, speeds: Speeds): Promise<void> {
	const one = sliceInputs(session.graph, inputs, 0, 1);
	const { program } = session.forwardProgram(
		session.graph.outputs.map(({ layer }) => ({ layer })),
		one,
	);
	if (speeds.estimate(program, undefined, 1).milliseconds > LONGEST) return;
	// Turned around: what the model makes of the inputs themselves may be known, so that nothing would run.
	const turned = Object.fromEntries(
		Object.entries(one).map(([name, tensor]) => [name, { ...tensor, data: tensor.data.slice().reverse() }]),
	);
	for (let run = 0; run < 2 && !speeds.isMeasured; run++) await session.forward(turned);
}

/** Twice: the first run holds work that is done once. */
async function time(program: RehearsedProgram, outputs: readonly string[] | undefined, examples: number) {
	const plan = await program.compile();
	const inputs = samplesOf(program.program, examples);
	for (let run = 0; run < 2; run++) await plan.run(inputs, outputs);
}

/** Inputs of a program that are neither zero nor so small that a processor slows down. */
function samplesOf(program: Program, examples: number): Record<string, Tensor> {
	const samples: Record<string, Tensor> = {};
	for (const [name, id] of program.inputs) {
		const { type } = program.instructions[id] as Instruction;
		const shape = bindShape(type.shape, examples);
		const size = sizeOf(shape);
		if (type.dtype === "float32")
			samples[name] = { dtype: "float32", shape, data: Float32Array.from({ length: size }, (_, at) => (at % 17) / 16) };
		else if (type.dtype === "int32") samples[name] = { dtype: "int32", shape, data: new Int32Array(size) };
		else samples[name] = { dtype: type.dtype, shape, data: new Uint8Array(size) };
	}
	return samples;
}
