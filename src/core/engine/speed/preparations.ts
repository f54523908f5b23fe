import type { Program } from "../../program/types";
import { LARGEST_CONSTANT } from "../session/largest-constant";
import type { OnceRates } from "./rates";
import { type Making, makingOf } from "./work";

/** How long programs take to be made ready: those that are, and those that are not yet. */
export class Preparations {
	/** Milliseconds, of each program by its outputs. */
	private readonly taken = new WeakMap<Program, Map<string, number>>();
	/** Names and shapes of weights that programs have read. */
	private readonly read = new Set<string>();
	/** Measured over modelled time of the last programs that read nothing new. */
	private readonly ratios: number[] = [];
	private isStarted = false;

	constructor(private readonly rates: OnceRates) {}

	/**
	 * Notes a first run.
	 * @param milliseconds of compiling and of the run, beyond what a later run will take by an estimate
	 * @returns to be called with the same number once a later run has been measured
	 */
	observe(
		program: Program,
		outputs: readonly string[] | undefined,
		milliseconds: number,
	): (milliseconds: number) => void {
		const making = makingOf(program, outputs);
		const known = inside(this.taken, program);
		known.set(outputsKey(outputs), milliseconds);
		const modelled = Math.max(1, this.modelled(making));
		// What is read for the first time comes from a disk, or from memory: it says nothing of the programs themselves.
		const readsNothing = making.derived.length === 0 && making.weights.every(({ name }) => this.read.has(name));
		const isComparable = this.isStarted && readsNothing;
		for (const { name } of making.weights) this.read.add(name);
		this.isStarted = true;
		return (measured) => {
			known.set(outputsKey(outputs), measured);
			if (isComparable) remember(this.ratios, measured / modelled);
		};
	}

	/** What making some outputs ready took; `undefined` where they have not run. */
	takenBy(program: Program, outputs: readonly string[] | undefined): number | undefined {
		return this.taken.get(program)?.get(outputsKey(outputs));
	}

	/** What it will take. */
	estimate(program: Program, outputs: readonly string[] | undefined): number {
		return this.modelled(makingOf(program, outputs)) * (median(this.ratios) ?? 1);
	}

	private modelled({ instructions, dense, weights, derived }: Making): number {
		const { rates } = this;
		const loaded = [...weights.filter(({ name }) => !this.read.has(name)), ...derived];
		const loading = loaded.reduce(
			(sum, { bytes }) => sum + bytes * rates.byte + (bytes > LARGEST_CONSTANT ? rates.file : 0),
			0,
		);
		return (this.isStarted ? 0 : rates.start) + instructions * rates.instruction + dense * rates.dense + loading;
	}
}

export const outputsKey = (outputs: readonly string[] | undefined): string =>
	outputs ? [...outputs].sort().join("|") : "";

/** The map of a program, made when there is none. */
export function inside<Inner>(maps: WeakMap<Program, Map<string, Inner>>, program: Program): Map<string, Inner> {
	const known = maps.get(program) ?? new Map<string, Inner>();
	maps.set(program, known);
	return known;
}

/** Values that a ratio is the median of. */
const REMEMBERED = 32;

export function remember(values: number[], value: number): void {
	values.push(value);
	if (values.length > REMEMBERED) values.shift();
}

export function median(values: readonly number[]): number | undefined {
	return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
