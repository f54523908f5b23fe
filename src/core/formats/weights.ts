import type { Tensor } from "../../shared/tensor";
import type { WeightSource } from "../engine/engine";

export interface WeightInfo {
	readonly name: string;
	readonly shape: readonly number[];
	/** As stored: `float32`, `float16`, `int64` ... */
	readonly dtype: string;
	/** Place in the file. */
	readonly where: string;
}

/** The weights of an opened model; values are read when they are asked for. */
export interface WeightStore extends WeightSource {
	list(): readonly WeightInfo[];
	/** @throws UnreadableFileError when there is no such weight. */
	info(name: string): WeightInfo;
	/** Values as float32 (int32 for integer weights), whatever the file holds. */
	read(name: string): Promise<Tensor>;
	close(): void;
}
