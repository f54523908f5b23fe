import type { Program } from "../../program/types";
import type { Engine, EngineId } from "../engine";
import type { CompletedRun } from "../plan-cache";
import { inside, median, outputsKey, Preparations, remember } from "./preparations";
import { RATES, type Rates } from "./rates";
import { type Work, workOf } from "./work";

interface Sample {
	readonly examples: number;
	readonly milliseconds: number;
}

export interface TimeEstimate {
	readonly milliseconds: number;
	/** `measured`: this program ran before. `corrected`: others did, on this machine. `modelled`: nothing ran yet. */
	readonly basis: "measured" | "corrected" | "modelled";
}

/** Samples of one program that are kept: enough for its speed at small and large batches. */
const SAMPLES = 8;

/** How long programs take on one engine: what they are made of, corrected by what was measured here. */
export class Speeds {
	/** Of each program by its outputs; the last one for each batch size. */
	private readonly samples = new WeakMap<Program, Map<string, Map<number, Sample>>>();
	/** What first runs wait for: a second one tells what of the first was done once. */
	private readonly firsts = new WeakMap<Program, Map<string, () => void>>();
	/** Measured over modelled time of the last runs. */
	private readonly ratios: number[] = [];
	readonly preparations: Preparations;
	private readonly rates: Rates;

	constructor(engine: EngineId) {
		this.rates = RATES[engine];
		this.preparations = new Preparations(this.rates.once);
	}

	readonly observe = (run: CompletedRun): void => {
		const { program, outputs, examples, milliseconds, isFirst, compileMilliseconds } = run;
		const key = outputsKey(outputs);
		if (isFirst) {
			const beyond = () =>
				compileMilliseconds + Math.max(0, milliseconds - this.estimate(program, outputs, examples).milliseconds);
			const settle = this.preparations.observe(program, outputs, beyond());
			inside(this.firsts, program).set(key, () => settle(beyond()));
			return;
		}
		const known = inside(this.samples, program);
		const ofOutputs = known.get(key) ?? new Map<number, Sample>();
		known.set(key, ofOutputs);
		ofOutputs.delete(examples);
		ofOutputs.set(examples, { examples, milliseconds });
		const [oldest] = ofOutputs.keys();
		if (ofOutputs.size > SAMPLES && oldest !== undefined) ofOutputs.delete(oldest);
		remember(this.ratios, milliseconds / this.modelled(workOf(program, outputs, examples)));
		// Now that the program's own speed is known, so is what its first run did once.
		this.firsts.get(program)?.get(key)?.();
		this.firsts.get(program)?.delete(key);
	};

	/** Whether anything ran, so that the speed of the machine is known. */
	get isMeasured(): boolean {
		return this.ratios.length > 0;
	}

	/** How long a run of some outputs will take, once the program is ready. */
	estimate(program: Program, outputs: readonly string[] | undefined, examples: number): TimeEstimate {
		const model = (n: number) => this.modelled(workOf(program, outputs, n));
		const known = [...(this.samples.get(program)?.get(outputsKey(outputs))?.values() ?? [])];
		const away = (sample: Sample) => Math.abs(Math.log(sample.examples / examples));
		const [nearest] = known.sort((a, b) => away(a) - away(b));
		if (nearest)
			return { milliseconds: (nearest.milliseconds * model(examples)) / model(nearest.examples), basis: "measured" };
		const ratio = median(this.ratios);
		return ratio === undefined
			? { milliseconds: model(examples), basis: "modelled" }
			: { milliseconds: model(examples) * ratio, basis: "corrected" };
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

const speeds = new WeakMap<Engine, Speeds>();

/** The speeds that were measured on an engine. */
export function speedsOf(engine: Engine): Speeds {
	const known = speeds.get(engine) ?? new Speeds(engine.id);
	speeds.set(engine, known);
	return known;
}
