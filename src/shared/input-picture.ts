import type { PreprocessSpec } from "./preprocess";
import type { Picture } from "./protocol";
import type { AttributionMap } from "./result";

/**
 * An input of a model as the picture that a person would see: its preprocessing undone, where that is known; else from
 * black for the smallest value to white for the largest. Undefined for what is no picture: one, two, three or four
 * channels (the fourth is left out) and two axes of positions.
 * @param example number in the batch
 */
export function inputPicture(
	{ tensor, channelAxis }: Pick<AttributionMap, "tensor" | "channelAxis">,
	example: number,
	preprocess: PreprocessSpec | undefined,
): Picture | undefined {
	const shape = tensor.shape.slice(1);
	const axis = shape.length === 3 ? channelAxis - 1 : -1;
	const channels = axis < 0 ? 1 : (shape[axis] ?? 1);
	const [height, width] = shape.filter((_, index) => index !== axis);
	if (shape.length < 2 || shape.length > 3 || height === undefined || width === undefined || channels > 4)
		return undefined;
	if (shape.length === 3 && (axis < 0 || axis === 1)) return undefined;
	const pixels = height * width;
	const values = tensor.data.subarray(example * pixels * channels, (example + 1) * pixels * channels);
	const pixelOf = preprocess ? undone(preprocess) : stretched(values);
	const colours = channels >= 3 ? 3 : 1;
	const rgba = new Uint8Array(pixels * 4).fill(255);
	for (let at = 0; at < pixels; at++) {
		for (let colour = 0; colour < 3; colour++) {
			const channel = colours === 1 ? 0 : preprocess?.channels === "bgr" ? 2 - colour : colour;
			const value = values[axis === 0 ? channel * pixels + at : at * channels + channel] as number;
			rgba[at * 4 + colour] = Math.max(0, Math.min(255, Math.round(pixelOf(value, channel))));
		}
	}
	return { width, height, rgba };
}

/** The inverse of value = (pixel * scale - mean) / std. Of an inverted picture it is the one that the network sees. */
function undone({ scale = 1, mean, std }: PreprocessSpec): (value: number, channel: number) => number {
	const of = (list: readonly number[] | undefined, channel: number, otherwise: number) =>
		list?.[channel] ?? list?.[0] ?? otherwise;
	return (value, channel) => (value * of(std, channel, 1) + of(mean, channel, 0)) / scale;
}

function stretched(values: ArrayLike<number>): (value: number) => number {
	let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
	for (let at = 0; at < values.length; at++) {
		low = Math.min(low, values[at] as number);
		high = Math.max(high, values[at] as number);
	}
	return (value) => (high > low ? (255 * (value - low)) / (high - low) : 0);
}
