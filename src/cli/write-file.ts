import { rename, rm, writeFile } from "node:fs/promises";
import { LaminaError } from "../shared/errors";

/** Writes a file whole or not at all. @throws LaminaError `failed` */
export async function writeWhole(file: string, content: Uint8Array | string): Promise<void> {
	const part = `${file}.${process.pid}.part`;
	try {
		await writeFile(part, content);
		await rename(part, file);
	} catch (cause) {
		await rm(part, { force: true }).catch(() => undefined);
		const reason = cause instanceof Error ? cause.message : String(cause);
		throw new LaminaError(
			{
				code: "failed",
				message: `The result cannot be written: ${reason}`,
				where: file,
				hint: "Name another file with --out.",
			},
			{ cause },
		);
	}
}
