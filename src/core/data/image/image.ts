import { InvalidRequestError, UnreadableFileError } from "../../../shared/errors";

/** A decoded picture: 8 bits a sample, rows from the top, channels innermost. */
export interface Image {
	readonly width: number;
	readonly height: number;
	/** 1: gray (Pillow's "L"), 3: red, green, blue. */
	readonly channels: 1 | 3;
	/** `height * width * channels` samples of 0 to 255. */
	readonly data: Uint8Array;
	/** `height * width` opacities of 0 to 255; absent where the file has none. The colours are not multiplied by it. */
	readonly alpha?: Uint8Array;
	/** What the person should know: that the picture was turned, that bits were dropped. */
	readonly notices?: readonly string[];
}

/** One image format. Adding one is a file here and a line in ./decode. */
export interface ImageFormat {
	readonly id: string;
	/** Recognises by content; never throws. */
	match(bytes: Uint8Array): boolean;
	/** @throws LaminaError; any other error is taken for damage of the file */
	decode(bytes: Uint8Array, where: string): Image | Promise<Image>;
}

/** Above this a picture is refused before memory is taken for it: 178 million, where Pillow stops too. */
export const MOST_PIXELS = 178_956_970;

export const SAVE_AGAIN = "Save the picture again, as PNG or JPEG.";

/** @throws InvalidRequestError for a picture without pixels or of more than {@link MOST_PIXELS} */
export function checkExtent(width: number, height: number, where: string): void {
	if (width < 1 || height < 1)
		throw new UnreadableFileError(`The picture is ${width} by ${height} pixels.`, where, SAVE_AGAIN);
	if (width * height > MOST_PIXELS) {
		throw new InvalidRequestError(
			`The picture has ${width} by ${height} pixels; at most ${MOST_PIXELS.toLocaleString("en")} are decoded.`,
			where,
			"Make it smaller first: a network sees a few hundred pixels of a side.",
		);
	}
}

/** Splits RGBA samples; gray pictures keep one channel, and an alpha that is opaque everywhere is left out. */
export function fromRgba(rgba: ArrayLike<number>, width: number, height: number, channels: 1 | 3): Image {
	const pixels = width * height;
	const data = new Uint8Array(pixels * channels);
	const alpha = new Uint8Array(pixels);
	let opaque = true;
	for (let i = 0; i < pixels; i++) {
		for (let c = 0; c < channels; c++) data[i * channels + c] = rgba[i * 4 + c]!;
		alpha[i] = rgba[i * 4 + 3]!;
		if (alpha[i] !== 255) opaque = false;
	}
	return opaque ? { width, height, channels, data } : { width, height, channels, data, alpha };
}
