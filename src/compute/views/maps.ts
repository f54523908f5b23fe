import { extremes } from "../../shared/colormap";
import { InvalidRequestError } from "../../shared/errors";
import type { Tensor } from "../../shared/tensor";

/** Feature maps of one example, channels first: what grids and previews are drawn of. */
export interface FeatureMaps {
	/** [channels, height, width] */
	shape: readonly [number, number, number];
	data: Float32Array;
}

/**
 * The first example of a layer's output as maps. Spatial axes beyond two are laid side by side; a vector is one map of
 * a single cell for each unit; a sequence is one row for each channel.
 * @param channelAxis batch included; -1: the layer has none, its values are one map
 */
export function featureMaps(output: Tensor, channelAxis: number): FeatureMaps {
	const [batch = 1, ...extents] = output.shape;
	if (batch < 1) throw new InvalidRequestError("the layer's output holds no example");
	const axis = channelAxis > 0 ? channelAxis - 1 : -1;
	const channels = axis >= 0 ? (extents[axis] ?? 1) : 1;
	const spatial = extents.filter((_, index) => index !== axis);
	const [height, width] = planeOf(spatial);
	const plane = height * width;
	const data = new Float32Array(channels * plane);
	// Elements after the channel axis move fastest; those before it are rows of such blocks.
	const inner = axis >= 0 ? extents.slice(axis + 1).reduce((product, extent) => product * extent, 1) : plane;
	const outer = axis >= 0 ? extents.slice(0, axis).reduce((product, extent) => product * extent, 1) : 1;
	for (let o = 0; o < outer; o++) {
		for (let c = 0; c < channels; c++) {
			const from = (o * channels + c) * inner;
			const to = c * plane + o * inner;
			for (let i = 0; i < inner; i++) data[to + i] = output.data[from + i] as number;
		}
	}
	return { shape: [channels, height, width], data };
}

function planeOf(spatial: readonly number[]): [number, number] {
	if (spatial.length === 0) return [1, 1];
	if (spatial.length === 1) return [1, spatial[0] as number];
	const width = spatial.at(-1) as number;
	return [spatial.slice(0, -1).reduce((product, extent) => product * extent, 1), width];
}

/** Smallest and largest finite value; 0 and 0 when there is none. */
export function rangeOf(data: ArrayLike<number>): { min: number; max: number } {
	const { low, high } = extremes(data);
	return { min: low, max: high };
}

/** Per channel: mean, largest value and share of exact zeros. */
export function channelSummaries({ shape: [channels, height, width], data }: FeatureMaps) {
	const plane = height * width;
	const mean = new Float32Array(channels);
	const max = new Float32Array(channels);
	const zeros = new Float32Array(channels);
	for (let c = 0; c < channels; c++) {
		let sum = 0;
		let largest = Number.NEGATIVE_INFINITY;
		let zero = 0;
		for (let i = c * plane; i < (c + 1) * plane; i++) {
			const value = data[i] as number;
			sum += value;
			if (value > largest) largest = value;
			if (value === 0) zero++;
		}
		mean[c] = sum / plane;
		max[c] = largest;
		zeros[c] = zero / plane;
	}
	return { mean, max, zeros };
}

/** Channels with the largest mean absolute value first. */
export function strongestChannels({ shape: [channels, height, width], data }: FeatureMaps): number[] {
	const plane = height * width;
	const energy = new Float64Array(channels);
	for (let c = 0; c < channels; c++) {
		let sum = 0;
		for (let i = c * plane; i < (c + 1) * plane; i++) sum += Math.abs(data[i] as number);
		energy[c] = sum;
	}
	return [...energy.keys()].sort((a, b) => (energy[b] as number) - (energy[a] as number));
}
