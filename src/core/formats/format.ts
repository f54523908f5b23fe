import type { Graph } from "../graph/types";
import type { WeightStore } from "./weights";

/** A file, or the first of several, that might be a model. */
export interface ModelFile {
	/** Absolute path. */
	readonly path: string;
	readonly size: number;
	/** The first bytes (at most 4096), to recognise the format by content. */
	readonly head: Uint8Array;
}

export interface OpenedModel {
	readonly graph: Graph;
	readonly weights: WeightStore;
}

/** One file format. Adding one is one file here and a line in the registry. */
export interface Format {
	readonly id: string;
	/** For people: `Keras 3`. */
	readonly title: string;
	readonly extensions: readonly string[];
	/** Recognises by content, not by name alone. Never throws. */
	match(file: ModelFile): boolean;
	/**
	 * Parses the file; nothing in it is executed, nothing is fetched. Weights are read when they are asked for.
	 * @throws UnreadableFileError
	 */
	open(file: ModelFile): Promise<OpenedModel>;
}
