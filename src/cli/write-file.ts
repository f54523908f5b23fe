import { rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { LaminaError } from "../shared/errors";

/**
 * Finds out before anything is computed that a file cannot be written where it is to go.
 * @throws LaminaError `failed` when its folder does not exist, or it is a folder itself
 */
export async function checkTarget(file: string): Promise<void> {
	const folder = path.dirname(file);
	const isFolder = (name: string) =>
		stat(name).then(
			(stats) => stats.isDirectory(),
			() => false,
		);
	if (!(await isFolder(folder)))
		throw new LaminaError({
			code: "failed",
			message: `The result cannot be written: there is no folder ${folder}`,
			where: file,
			hint: "Make the folder, or name another file with --out.",
		});
	if (await isFolder(file))
		throw new LaminaError({
			code: "failed",
			message: "The result cannot be written: a folder has this name",
			where: file,
			hint: "Name another file with --out.",
		});
}

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
