import { existsSync, realpathSync } from "node:fs";
import { dirname, isAbsolute, relative, resolve } from "node:path";
import { UnreadableFileError } from "../../../../shared/errors";
import { FileSource } from "../../bytes/byte-source";

/**
 * Elements that a tensor keeps in another file beside the model.
 * @param entries `location`, `offset`, `length` of the tensor
 * @throws UnreadableFileError when the file is missing, too short, or lies outside of the model's folder
 */
export function externalBytes(
	entries: readonly { readonly key?: string; readonly value?: string }[],
	expected: number,
	modelFile: string,
	where: string,
): Uint8Array {
	const entry = (key: string) => entries.find((candidate) => candidate.key === key)?.value;
	const location = entry("location");
	if (location === undefined || location === "")
		throw new UnreadableFileError("The weights are in another file, but the model does not say in which.", where);
	const file = pathInside(dirname(modelFile), location, where);
	const number = (key: string, fallback: number) => {
		const value = Number(entry(key) ?? fallback);
		if (Number.isSafeInteger(value) && value >= 0) return value;
		throw new UnreadableFileError(`The ${key} of the weights in "${location}" is ${entry(key)}.`, where);
	};
	const [offset, length] = [number("offset", 0), number("length", expected)];
	if (length !== expected)
		throw new UnreadableFileError(
			`The tensor needs ${expected} bytes, but ${length} bytes of "${location}" belong to it.`,
			where,
		);
	const source = new FileSource(file);
	try {
		return Uint8Array.from(source.read(offset, length));
	} finally {
		source.close();
	}
}

/** A path relative to the folder and inside of it, links followed. */
function pathInside(folder: string, location: string, where: string): string {
	const isInside = (base: string, file: string) => {
		const path = relative(base, file);
		return path !== "" && !path.startsWith("..") && !isAbsolute(path);
	};
	const file = resolve(folder, location);
	const refuse = () =>
		new UnreadableFileError(
			`The weights are said to be in "${location}", which is outside of the model's folder: it is not read.`,
			where,
			"Copy the file beside the model and write its name into it: onnx.save_model(..., location=NAME).",
		);
	if (isAbsolute(location) || location.includes("\0") || !isInside(folder, file)) throw refuse();
	if (!existsSync(file))
		throw new UnreadableFileError(
			`The weights are in "${location}", which is not beside the model.`,
			where,
			"Copy that file into the model's folder.",
		);
	if (!isInside(realpathSync(folder), realpathSync(file))) throw refuse();
	return file;
}
