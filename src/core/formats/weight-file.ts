import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { UnreadableFileError } from "../../shared/errors";
import type { Tensor } from "../../shared/tensor";
import type { WeightInfo, WeightStore } from "./weights";

/** One tensor as a container holds it. */
export interface StoredTensor {
	readonly shape: readonly number[];
	/** As stored: `float16`. */
	readonly dtype: string;
	/** Place in the file. */
	readonly where: string;
	/** Equal identities in equal files are equal bytes: path, size and time of the file, and the place in it. */
	readonly identity: string;
	/** @throws UnreadableFileError; UnsupportedError */
	read(): Tensor;
}

/** What tells this content of a file from an earlier one: path, size, time of the last change. */
export function fileIdentity(path: string): string {
	const { size, mtimeMs } = statSync(path);
	return `${path}\n${size}\n${mtimeMs}`;
}

/** The weights of a model, under the names that the model uses, read from its file when they are asked for. */
export class WeightFile implements WeightStore {
	private readonly tensors = new Map<string, StoredTensor>();

	/** @param release closes the files that the tensors are read from */
	constructor(private readonly release: () => void) {}

	/** Adds a tensor under a name, or under the name with a number when there is such a weight already; returns that name. */
	add(name: string, tensor: StoredTensor): string {
		let unique = name;
		for (let number = 1; this.tensors.has(unique); number++) unique = `${name}_${number}`;
		this.tensors.set(unique, tensor);
		return unique;
	}

	list(): readonly WeightInfo[] {
		return [...this.tensors].map(([name, { shape, dtype, where }]) => ({ name, shape, dtype, where }));
	}

	info(name: string): WeightInfo {
		const { shape, dtype, where } = this.stored(name);
		return { name, shape, dtype, where };
	}

	async read(name: string): Promise<Tensor> {
		return this.stored(name).read();
	}

	async fingerprint(name: string): Promise<string> {
		const { identity, dtype, shape } = this.stored(name);
		return createHash("sha256").update(`${identity}\n${dtype}\n${shape.join()}`).digest("hex").slice(0, 32);
	}

	close(): void {
		this.release();
	}

	/** @throws UnreadableFileError when there is no such weight */
	stored(name: string): StoredTensor {
		const tensor = this.tensors.get(name);
		if (!tensor) throw new UnreadableFileError(`The model has no weight "${name}".`);
		return tensor;
	}
}
