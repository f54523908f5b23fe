import { closeSync, openSync, readSync, type Stats, statSync } from "node:fs";
import { resolve } from "node:path";
import { LaminaError, UnreadableFileError } from "../../shared/errors";
import { diagnose, diagnoseFolder } from "./diagnose";
import type { Format, ModelFile, OpenedModel } from "./format";
import { kerasH5 } from "./keras/keras-h5";
import { kerasV3 } from "./keras/keras-v3";
import { onnx } from "./onnx/onnx";
import { tfjsLayers } from "./tfjs/tfjs-layers";

/** Formats in the order in which they are tried; the first that recognises the file opens it. */
export const formats: readonly Format[] = [kerasV3, kerasH5, tfjsLayers, onnx];

const HEAD = 4096;

/**
 * Opens a model, whatever its name: formats are recognised by content.
 * @throws UnreadableFileError when there is no such file, or it is damaged, or no model; UnsupportedError when it is a
 * model of a kind that is not read
 */
export async function openModel(path: string): Promise<OpenedModel> {
	const file = readHead(resolve(path));
	const format = formats.find((candidate) => candidate.match(file));
	if (!format) throw diagnose(file);
	try {
		return await format.open(file);
	} catch (thrown) {
		if (thrown instanceof LaminaError) throw thrown;
		const reason = thrown instanceof Error ? thrown.message : String(thrown);
		throw new UnreadableFileError(
			`The file looks like a ${format.title} model, but it cannot be read: ${reason}.`,
			file.path,
			"Copy or download the file again, or save the model once more.",
			{ cause: thrown },
		);
	}
}

function readHead(path: string): ModelFile {
	let stats: Stats;
	try {
		stats = statSync(path);
	} catch (cause) {
		const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
		throw new UnreadableFileError(
			missing ? "There is no such file." : `The file cannot be opened: ${(cause as Error).message}.`,
			path,
			"Check the path.",
			{ cause },
		);
	}
	if (stats.isDirectory()) throw diagnoseFolder(path);
	if (!stats.isFile()) throw new UnreadableFileError("This is no ordinary file.", path);
	try {
		const descriptor = openSync(path, "r");
		try {
			const head = new Uint8Array(Math.min(HEAD, stats.size));
			const read = readSync(descriptor, head, 0, head.length, 0);
			return { path, size: stats.size, head: head.subarray(0, read) };
		} finally {
			closeSync(descriptor);
		}
	} catch (cause) {
		throw new UnreadableFileError(
			`The file cannot be opened: ${(cause as Error).message}.`,
			path,
			"Check that you may read it.",
			{ cause },
		);
	}
}
