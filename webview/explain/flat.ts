import type { AttributionMap } from "../../src/shared/result";
import { type NumberMap, squareUp } from "../pictures/painting";

/** How the channels of a map become one number a place, for display: the numbers themselves are saved as they are. */
export type ChannelJoin = "sum" | "absmax";

export const CHANNEL_JOINS: readonly { id: ChannelJoin; title: string }[] = [
	{ id: "sum", title: "summed" },
	{ id: "absmax", title: "strongest, no sign" },
];

/**
 * The first example of a map, flat. Two axes beside the channels are rows and columns; one is a single row; a vector is
 * laid out in rows, as square as may be; of three, the leading two are rows.
 */
export function flatMap({ tensor, channelAxis }: AttributionMap, join: ChannelJoin): NumberMap {
	const inner = tensor.shape.slice(1);
	const size = inner.reduce((product, extent) => product * extent, 1);
	const values = tensor.data.subarray(0, size);
	const axis = channelAxis - 1;
	if (inner.length <= 1) return squareUp(Float32Array.from(values));
	const hasChannels = axis >= 0 && axis < inner.length;
	const channels = hasChannels ? inner[axis]! : 1;
	const spatial = hasChannels ? inner.filter((_, index) => index !== axis) : inner;
	const after = hasChannels ? inner.slice(axis + 1).reduce((product, extent) => product * extent, 1) : 1;
	const pixels = size / Math.max(1, channels);
	const joined = new Float32Array(pixels);
	for (let pixel = 0; pixel < pixels; pixel++) {
		const start = hasChannels ? Math.floor(pixel / after) * channels * after + (pixel % after) : pixel;
		let total = 0;
		for (let channel = 0; channel < channels; channel++) {
			const value = values[start + channel * after]!;
			if (join === "sum") total += value;
			else if (!(Math.abs(value) <= total)) total = Math.abs(value);
		}
		joined[pixel] = total;
	}
	const width = spatial.at(-1) ?? 1;
	return { width, height: pixels / width, values: joined };
}

/** Channels that are joined; 1 where there is nothing to join. */
export function channelsOf({ tensor, channelAxis }: AttributionMap): number {
	return channelAxis > 0 && tensor.shape.length > 2 ? (tensor.shape[channelAxis] ?? 1) : 1;
}
