import type { Picture } from "../../src/shared/protocol";

/**
 * A map of numbers at another size: bilinear with half-pixel centres (the edges are held), so that a 7 x 7 map lies
 * where it belongs over a 224 x 224 picture. Numbers are interpolated, not colours: a colour between red and blue would
 * be neither.
 * @param values rows of `width` numbers
 */
export function resample(
	values: ArrayLike<number>,
	width: number,
	height: number,
	toWidth: number,
	toHeight: number,
): Float32Array {
	const result = new Float32Array(toWidth * toHeight);
	const columns = positions(width, toWidth);
	const rows = positions(height, toHeight);
	for (let y = 0; y < toHeight; y++) {
		const [top, bottom, down] = rows.at(y);
		for (let x = 0; x < toWidth; x++) {
			const [left, right, across] = columns.at(x);
			const above = mix(values[top * width + left]!, values[top * width + right]!, across);
			const below = mix(values[bottom * width + left]!, values[bottom * width + right]!, across);
			result[y * toWidth + x] = mix(above, below, down);
		}
	}
	return result;
}

const mix = (a: number, b: number, share: number) => (share === 0 ? a : a + (b - a) * share);

/** For each new pixel the two old ones between which its centre lies, and how near the second is. */
function positions(from: number, to: number) {
	const lower = new Int32Array(to);
	const upper = new Int32Array(to);
	const share = new Float64Array(to);
	for (let i = 0; i < to; i++) {
		const centre = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5));
		lower[i] = Math.floor(centre);
		upper[i] = Math.min(from - 1, lower[i]! + 1);
		share[i] = centre - lower[i]!;
	}
	return { at: (i: number) => [lower[i]!, upper[i]!, share[i]!] as const };
}

/** A picture at another size, pixel by pixel: what the network sees is not smoothed. */
export function enlarge(picture: Picture, width: number, height: number): Picture {
	if (picture.width === width && picture.height === height) return picture;
	const rgba = new Uint8Array(width * height * 4);
	for (let y = 0; y < height; y++) {
		const row = Math.floor(((y + 0.5) * picture.height) / height);
		for (let x = 0; x < width; x++) {
			const from = (row * picture.width + Math.floor(((x + 0.5) * picture.width) / width)) * 4;
			rgba.set(picture.rgba.subarray(from, from + 4), (y * width + x) * 4);
		}
	}
	return { width, height, rgba };
}
