import { readFile } from "node:fs/promises";
import { InvalidRequestError, UnreadableFileError } from "../../shared/errors";
import type { Tensor } from "../../shared/tensor";
import { didYouMean } from "../units/nearest";
import { isNpy, readNpy, tensorOf } from "./npy";
import { isZip, listNpz, readNpz } from "./npz";

/**
 * Reads masks that number the features of inputs, or of a layer. An argument is an `.npy` file, `NAME=FILE` for what it is
 * a mask of, or an `.npz` archive of arrays under such names.
 * @param names what a mask can be of
 * @throws UnreadableFileError, InvalidRequestError naming the file
 */
export async function readMasks(files: readonly string[], names: readonly string[]): Promise<Record<string, Tensor>> {
	const masks: Record<string, Tensor> = {};
	for (const argument of files) {
		const { name, file } = splitArgument(argument, names);
		for (const [own, mask] of masksIn(await contentOf(file), file, name, names)) {
			if (Object.hasOwn(masks, own)) throw new InvalidRequestError(`Two masks are given for "${own}".`, file);
			masks[own] = mask;
		}
	}
	return masks;
}

function masksIn(
	bytes: Uint8Array,
	file: string,
	name: string | undefined,
	names: readonly string[],
): [string, Tensor][] {
	if (isNpy(bytes)) return [[nameOf(file, name, names), tensorOf(readNpy(bytes, file), file)]];
	if (!isZip(bytes))
		throw new UnreadableFileError(
			"The mask is neither a NumPy array nor an archive of arrays.",
			`${file}, byte 0`,
			"Save it with numpy.save or numpy.savez.",
		);
	const held = listNpz(bytes, file);
	const unknown = held.find((array) => !names.includes(array));
	if (unknown === undefined && name === undefined)
		return [...readNpz(bytes, file)].map(([own, array]) => [own, tensorOf(array, `${file}: ${own}`)]);
	if (held.length !== 1)
		throw new InvalidRequestError(
			`The archive holds ${held.join(", ")}; masks are expected for ${names.join(", ")}.`,
			file,
			unknown === undefined ? undefined : didYouMean(unknown, names, "Name the arrays like what they are masks of."),
		);
	return [...readNpz(bytes, file).values()].map((array) => [nameOf(file, name, names), tensorOf(array, file)]);
}

function nameOf(file: string, name: string | undefined, names: readonly string[]): string {
	const [only, ...others] = names;
	if (name !== undefined) return name;
	if (only !== undefined && others.length === 0) return only;
	throw new InvalidRequestError(
		"The mask does not tell which input it is of.",
		file,
		`Say it as NAME=FILE. The inputs are ${names.join(", ")}.`,
	);
}

/** `name=file` where something has that name; the names of files, and of layers, may hold `=` too. */
function splitArgument(argument: string, names: readonly string[]): { name?: string; file: string } {
	const name = names.find((candidate) => argument.startsWith(`${candidate}=`));
	return name === undefined ? { file: argument } : { name, file: argument.slice(name.length + 1) };
}

async function contentOf(file: string): Promise<Uint8Array> {
	try {
		return await readFile(file);
	} catch (cause) {
		const { code } = cause as NodeJS.ErrnoException;
		const reason = code === "ENOENT" ? "does not exist" : `cannot be read (${code})`;
		throw new UnreadableFileError(`The file of the mask ${reason}.`, file, "Check the path.", { cause });
	}
}
