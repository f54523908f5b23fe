import { LaminaError, UnreadableFileError, UnsupportedError } from "../../../shared/errors";
import { bmp } from "./bmp";
import { gif } from "./gif";
import { type Image, type ImageFormat, SAVE_AGAIN } from "./image";
import { jpeg } from "./jpeg";
import { png } from "./png";
import { webp } from "./webp";

const FORMATS: readonly ImageFormat[] = [png, jpeg, gif, bmp, webp];

const KNOWN_STRANGERS: readonly [name: string, match: (head: string) => boolean][] = [
	["TIFF", (head) => head.startsWith("II*\0") || head.startsWith("MM\0*")],
	["SVG", (head) => /^\s*(<\?xml[\s\S]*?)?<svg[\s>]/.test(head)],
	["QOI", (head) => head.startsWith("qoif")],
	["AVIF or HEIC", (head) => head.slice(4, 8) === "ftyp"],
	["JPEG 2000", (head) => head.slice(4, 8) === "jP  "],
	["PSD", (head) => head.startsWith("8BPS")],
	["Windows icon", (head) => head.startsWith("\0\0\x01\0")],
];

/** Whether the bytes begin as one of the image formats does. */
export function isImage(bytes: Uint8Array): boolean {
	return FORMATS.some((format) => format.match(bytes));
}

/**
 * Decodes PNG, JPEG, GIF (first frame), BMP or WebP, told by content. The samples equal those of Pillow 13
 * (`Image.open(file).convert("RGB")` or `"L"`), but a JPEG is turned as its EXIF orientation says, and 16-bit gray keeps
 * its upper 8 bits (Pillow clips it).
 * @param where name of the file, for errors
 * @throws UnsupportedError for another image format; UnreadableFileError for a damaged file
 */
export async function decodeImage(bytes: Uint8Array, where: string): Promise<Image> {
	const format = FORMATS.find((candidate) => candidate.match(bytes));
	if (!format) throw refuse(bytes, where);
	try {
		return await format.decode(bytes, where);
	} catch (error) {
		if (error instanceof LaminaError) throw error;
		const reason = error instanceof Error ? error.message : String(error);
		throw new UnreadableFileError(`The ${format.id} image is damaged: ${reason}.`, where, SAVE_AGAIN, { cause: error });
	}
}

function refuse(bytes: Uint8Array, where: string): LaminaError {
	const head = new TextDecoder("latin1").decode(bytes.subarray(0, 1024));
	const stranger = KNOWN_STRANGERS.find(([, match]) => match(head));
	if (stranger)
		return new UnsupportedError(
			`${stranger[0]} pictures are not read; PNG, JPEG, GIF, BMP and WebP are.`,
			where,
			SAVE_AGAIN,
		);
	const start = [...bytes.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
	return new UnreadableFileError(
		bytes.length === 0 ? "The file is empty." : `Not a picture: it begins with ${start}.`,
		`${where}, byte 0`,
		"PNG, JPEG, GIF, BMP and WebP are read.",
	);
}
