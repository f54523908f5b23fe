import type { Tensor } from "../../shared/tensor";
import type { Program } from "../program/types";

export type EngineId = "session" | "wasm" | "cpu";

/** What an engine needs of the weights: see formats/weights. */
export interface WeightSource {
	/** float32 or int32 values of a weight, in its own shape. */
	read(name: string): Promise<Tensor>;
	/**
	 * Stable across processes: equal fingerprints hold equal bytes, so that an extracted copy in the cache can be used again.
	 */
	fingerprint(name: string): Promise<string>;
}

/** Runs programs. One narrow door: nothing outside engine/ knows tfjs or TensorFlow. */
export interface Engine {
	readonly id: EngineId;
	/** Name and version for people: `TensorFlow 2.21.0 (native)`. */
	readonly title: string;
	/** Makes a program ready to run many times, with any batch size. */
	compile(program: Program, weights: WeightSource): Promise<Plan>;
	/** Bytes held for plans and weights, as far as the engine knows. */
	memory(): number;
	dispose(): void;
}

export interface Plan {
	readonly program: Program;
	/**
	 * Runs the program once. Inputs are checked against the program (dtype, rank, extents, one batch size for all)
	 * before native code sees them.
	 * @param inputs every input of the program, by name
	 * @param outputs names of the wanted outputs; all when absent
	 * @param signal seen between two ops where the engine runs op by op; a compiled run is not interrupted
	 * @throws InvalidRequestError when an input does not fit; LaminaError `failed` when the engine fails; CancelledError
	 */
	run(
		inputs: Readonly<Record<string, Tensor>>,
		outputs?: readonly string[],
		signal?: AbortSignal,
	): Promise<Record<string, Tensor>>;
	dispose(): void;
}
