import type { EngineId } from "../engine";

/** How long the parts of a run take, in milliseconds. */
export interface Rates {
	/** For each floating-point operation. */
	readonly dense: number;
	readonly depthwise: number;
	/** For each byte. */
	readonly bytes: number;
	/** For each byte of a kernel: read, and laid out as the convolution wants it. */
	readonly kernels: number;
	/** For each instruction, however small its values. */
	readonly instruction: number;
	/** What is done once, before programs run for the first time. */
	readonly once: OnceRates;
}

export interface OnceRates {
	/** Before the first program of the process. */
	readonly start: number;
	/** For each instruction. */
	readonly instruction: number;
	/** For each convolution and matrix product. */
	readonly dense: number;
	/** For each weight that is too large to be part of a program, and each of its bytes. */
	readonly file: number;
	readonly byte: number;
}

/**
 * Of two cores of 2024, two threads: where a model has not run yet these weigh its parts against each other; how fast the
 * machine is as a whole is measured. What is done once was
 * measured with the native engine on seven networks, from 31 to 727 instructions; of WASM and CPU it is a guess, which
 * timings take the place of wherever a program has run.
 */
export const RATES: Readonly<Record<EngineId, Rates>> = {
	session: {
		dense: 4.5e-9,
		depthwise: 1.2e-8,
		bytes: 8e-8,
		kernels: 2.5e-7,
		instruction: 0.02,
		once: { start: 75, instruction: 0.4, dense: 1.5, file: 5, byte: 2e-6 },
	},
	wasm: {
		dense: 7e-8,
		depthwise: 1.5e-7,
		bytes: 6e-7,
		kernels: 1e-7,
		instruction: 0.02,
		once: { start: 20, instruction: 0.02, dense: 0.1, file: 0, byte: 5e-7 },
	},
	cpu: {
		dense: 2e-7,
		depthwise: 2e-7,
		bytes: 8e-6,
		kernels: 1e-7,
		instruction: 0.1,
		once: { start: 5, instruction: 0.02, dense: 0.1, file: 0, byte: 5e-7 },
	},
};
