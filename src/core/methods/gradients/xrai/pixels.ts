import { UnsupportedError } from "../../../../shared/errors";
import type { Tensor } from "../../../../shared/tensor";
import type { SegmentedPicture } from "../../../data/segmentation/picture";
import type { ExplainedInput } from "../../examples";

/** How an input with one or two axes of positions is a picture; a sequence has the height 1. */
export interface PixelGrid {
	readonly examples: number;
	readonly height: number;
	readonly width: number;
	readonly channels: number;
	/** -1 for none. */
	readonly channelAxis: number;
	/** Elements from one channel to the next, and from one pixel to the next. */
	readonly channelStep: number;
	readonly pixelStep: number;
}

/** @throws UnsupportedError for more than two axes of positions */
export function pixelGrid({ name, tensor: { shape }, channelAxis }: ExplainedInput): PixelGrid {
	const positions = shape.filter((_, axis) => axis > 0 && axis !== channelAxis);
	if (positions.length > 2)
		throw new UnsupportedError(
			`the input "${name}" has ${positions.length} axes of positions, and XRAI cuts pictures and sequences into regions`,
			name,
			"Use integrated-gradients, which explains each element of a volume.",
		);
	const [width = 1, height = 1] = [...positions].reverse();
	const channels = channelAxis > 0 ? (shape[channelAxis] ?? 1) : 1;
	const isInnermost = channelAxis === shape.length - 1 || channelAxis < 0;
	if (!isInnermost && channelAxis !== 1)
		throw new UnsupportedError(
			`the channels of "${name}" lie between its positions`,
			name,
			"Use integrated-gradients, which explains each element.",
		);
	return {
		examples: shape[0] ?? 1,
		height,
		width,
		channels,
		channelAxis,
		channelStep: isInnermost ? 1 : height * width,
		pixelStep: isInnermost ? channels : 1,
	};
}

const at = (grid: PixelGrid, example: number, pixel: number, channel: number) =>
	example * grid.height * grid.width * grid.channels + pixel * grid.pixelStep + channel * grid.channelStep;

/** One example, channels innermost. */
export function pictureOf({ data }: Tensor, grid: PixelGrid, example: number): SegmentedPicture {
	const { height, width, channels } = grid;
	const values = Float64Array.from(
		{ length: height * width * channels },
		(_, index) => data[at(grid, example, Math.floor(index / channels), index % channels)] as number,
	);
	return { height, width, channels, data: values };
}

/** The largest value of each pixel of one example over its channels. */
export function pixelMaxima({ data }: Tensor, grid: PixelGrid, example: number): Float64Array {
	return Float64Array.from({ length: grid.height * grid.width }, (_, pixel) => {
		let largest = Number.NEGATIVE_INFINITY;
		for (let channel = 0; channel < grid.channels; channel++)
			largest = Math.max(largest, data[at(grid, example, pixel, channel)] as number);
		return largest;
	});
}
