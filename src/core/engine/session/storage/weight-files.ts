import { createHash, randomBytes } from "node:crypto";
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import path from "node:path";
import { LaminaError } from "../../../../shared/errors";
import { sizeOf, type Tensor } from "../../../../shared/tensor";
import type { ValueType } from "../../../program/types";

/**
 * Raw little-endian files of single tensors, named by a digest of their fingerprint: what is mapped into
 * memory. All plans of all processes share them, so a file appears whole or not at all and is never changed.
 */
export class WeightFiles {
	private readonly writing = new Map<string, Promise<string>>();

	constructor(readonly folder: string) {}

	/** Path of the file for a fingerprint, whether it exists or not. */
	path(fingerprint: string): string {
		return path.join(this.folder, `${createHash("sha256").update(fingerprint).digest("hex").slice(0, 40)}.bin`);
	}

	/** Path of a whole file that holds a tensor; `read` is called when there is none, or a damaged one. */
	async ensure(fingerprint: string, type: ValueType, read: () => Promise<Tensor>): Promise<string> {
		const file = this.path(fingerprint);
		if (await isWhole(file, type)) return file;
		// Two plans compiled at once want the same file.
		const ongoing = this.writing.get(file);
		if (ongoing) return ongoing;
		const writing = read().then((tensor) => this.write(file, type, tensor));
		this.writing.set(file, writing);
		try {
			return await writing;
		} finally {
			this.writing.delete(file);
		}
	}

	/** Whether a whole file is there; marks it as used. */
	has(fingerprint: string, type: ValueType): Promise<boolean> {
		return isWhole(this.path(fingerprint), type);
	}

	private async write(file: string, type: ValueType, tensor: Tensor): Promise<string> {
		checkType(type, tensor);
		const part = `${file}.${process.pid}-${randomBytes(4).toString("hex")}.part`;
		try {
			await mkdir(this.folder, { recursive: true });
			await writeFile(part, bytesOf(tensor));
			await rename(part, file);
		} catch (cause) {
			await rm(part, { force: true }).catch(() => undefined);
			// Where a mapped file cannot be replaced, another process was quicker.
			if (await isWhole(file, type)) return file;
			const reason = cause instanceof Error ? cause.message : String(cause);
			const hint = "Free some disk space, or choose another cache folder with LAMINA_CACHE.";
			throw new LaminaError(
				{ code: "failed", message: `A weight could not be written to the cache: ${reason}`, where: file, hint },
				{ cause },
			);
		}
		return file;
	}

	async readBack(file: string, type: ValueType): Promise<Tensor> {
		const bytes = await readFile(file);
		const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
		const data =
			type.dtype === "float32"
				? new Float32Array(buffer)
				: type.dtype === "int32"
					? new Int32Array(buffer)
					: new Uint8Array(buffer);
		return { dtype: type.dtype, shape: type.shape, data };
	}
}

export function byteSize(type: ValueType): number {
	return sizeOf(type.shape) * (type.dtype === "bool" ? 1 : 4);
}

function bytesOf({ data }: Tensor): Uint8Array {
	return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** A file of another length was cut short by a crash or a full disk. Its time tells the eviction that it is in use. */
async function isWhole(file: string, type: ValueType): Promise<boolean> {
	try {
		const now = new Date();
		await utimes(file, now, now);
		return (await stat(file)).size === byteSize(type);
	} catch {
		return false;
	}
}

/** @throws LaminaError when a weight source gives something else than the program was built for */
export function checkType(type: ValueType, tensor: Tensor): void {
	const same =
		tensor.dtype === type.dtype &&
		tensor.shape.join() === type.shape.join() &&
		tensor.data.length === sizeOf(type.shape);
	if (!same) {
		const found = `${tensor.dtype} [${tensor.shape.join(", ")}] of ${tensor.data.length} values`;
		throw new LaminaError({
			code: "failed",
			message: `a weight is ${found}, but the program expects ${type.dtype} [${type.shape.join(", ")}]`,
		});
	}
}
