import type { PreprocessSpec } from "../../../../shared/preprocess";
import type { SegmentedPicture } from "../../../data/segmentation/picture";
import type { PreparedRequest } from "../../method";
import { type PerturbedInput, spatialAxes } from "../perturbed-inputs";

/**
 * An example of an input with two axes of positions as a picture, channels innermost. Where it is known how pictures were
 * preprocessed, that is undone, so that colours are those that a person sees.
 */
export function pictureOf(request: PreparedRequest, input: PerturbedInput, example: number): SegmentedPicture {
	const { tensor, channelAxis } = input;
	const [, ...shape] = tensor.shape;
	const [height = 1, width = 1] = spatialAxes(input).map((axis) => shape[axis] as number);
	const channels = channelAxis > 0 ? (tensor.shape[channelAxis] as number) : 1;
	const size = height * width * channels;
	const values = tensor.data.subarray(example * size, (example + 1) * size);
	const first = channelAxis === 1 && shape.length === 3;
	const data = new Float64Array(size);
	for (let pixel = 0; pixel < height * width; pixel++)
		for (let channel = 0; channel < channels; channel++)
			data[pixel * channels + channel] = values[
				first ? channel * height * width + pixel : pixel * channels + channel
			] as number;
	return { width, height, channels, data: request.preprocess ? undo(data, channels, request.preprocess) : data };
}

/** Pixels from values = (pixel * scale - mean) / std, red first. */
function undo(data: Float64Array, channels: number, { scale = 1, mean, std, channels: order }: PreprocessSpec) {
	const at = (list: number[] | undefined, channel: number, otherwise: number) =>
		list?.[channel] ?? list?.[0] ?? otherwise;
	const pixels = new Float64Array(data.length);
	for (let index = 0; index < data.length; index++) {
		const channel = index % channels;
		const to = order === "bgr" ? index + channels - 1 - 2 * channel : index;
		pixels[to] = ((data[index] as number) * at(std, channel, 1) + at(mean, channel, 0)) / scale;
	}
	return pixels;
}
