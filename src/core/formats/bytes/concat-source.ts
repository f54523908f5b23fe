import { UnreadableFileError } from "../../../shared/errors";
import { type ByteSource, FileSource } from "./byte-source";

/** Several files read as one, end to end. */
export class ConcatSource implements ByteSource {
	readonly size: number;
	private readonly parts: { source: FileSource; start: number }[] = [];

	constructor(
		paths: readonly string[],
		readonly where: string,
	) {
		let size = 0;
		for (const path of paths) {
			const source = new FileSource(path);
			this.parts.push({ source, start: size });
			size += source.size;
		}
		this.size = size;
	}

	read(offset: number, length: number): Uint8Array {
		const bytes = new Uint8Array(length);
		this.readInto(bytes, offset);
		return bytes;
	}

	readInto(target: Uint8Array, offset: number): void {
		if (offset < 0 || offset + target.length > this.size) {
			throw new UnreadableFileError(
				`${target.length} bytes are needed at ${offset}, but the files end at ${this.size}.`,
				this.where,
				"Download the files again.",
			);
		}
		for (const { source, start } of this.parts) {
			const from = Math.max(offset, start);
			const to = Math.min(offset + target.length, start + source.size);
			if (from < to) source.readInto(target.subarray(from - offset, to - offset), from - start);
		}
	}

	close(): void {
		for (const { source } of this.parts) source.close();
	}
}
