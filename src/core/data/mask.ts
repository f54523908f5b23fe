import { readFile } from "node:fs/promises";
import { InvalidRequestError, UnreadableFileError } from "../../shared/errors";
import type { PreprocessSpec } from "../../shared/preprocess";
import type { Tensor } from "../../shared/tensor";
import { decodeImage } from "./image/decode";
import { isNpy, readNpy } from "./npy";
import { preprocess } from "./preprocess";

/**
 * Reads which part of a picture is meant: white in a picture of any size, which is fitted as pictures of the model are
 * (crop, padding), or what is not 0 in an .npy array, which is taken as it is.
 * @param extents height and width that a picture is fitted to; absent: only arrays will do
 * @returns 0 and 1, `[height, width]` or the shape of the array
 * @throws UnreadableFileError, InvalidRequestError
 */
export async function readMask(
	file: string,
	extents: readonly [number, number] | undefined,
	spec: PreprocessSpec | undefined,
): Promise<Tensor> {
	const bytes = await readMaskFile(file);
	if (isNpy(bytes)) {
		const { shape, data } = readNpy(bytes, file);
		return {
			dtype: "int32",
			shape,
			data: Int32Array.from(data as ArrayLike<number>, (value) => Number(Number(value) !== 0)),
		};
	}
	if (!extents)
		throw new InvalidRequestError(
			"the mask is a picture, but no input has rows and columns",
			file,
			"Give an .npy array of the input's shape.",
		);
	const fit = { resize: "nearest" as const, channels: "gray" as const, ...(spec?.fit && { fit: spec.fit }) };
	const { picture } = preprocess(await decodeImage(bytes, file), fit, [1, ...extents, 1], "float32", file);
	return { dtype: "int32", shape: [...extents], data: Int32Array.from(picture.data, (gray) => Number(gray >= 128)) };
}

async function readMaskFile(file: string): Promise<Uint8Array> {
	try {
		return await readFile(file);
	} catch (cause) {
		const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
		throw new UnreadableFileError(
			`The mask ${missing ? "does not exist" : "cannot be read"}.`,
			file,
			"Check the path.",
			{
				cause,
			},
		);
	}
}
