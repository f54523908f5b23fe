import type { ActivationSet, LayerPreview } from "../../shared/protocol";
import type { Tensor } from "../../shared/tensor";
import { channelSummaries, featureMaps, rangeOf, strongestChannels } from "./maps";

/** Some channels of a layer's output for one input, with what is needed to order and scale all of them. */
export function activationSet(
	layer: string,
	output: Tensor,
	channelAxis: number,
	offset: number,
	limit: number,
): ActivationSet {
	const maps = featureMaps(output, channelAxis);
	const [channels, height, width] = maps.shape;
	const end = Math.min(channels, offset + limit);
	const plane = height * width;
	return {
		layer,
		shape: [Math.max(0, end - offset), height, width],
		data: maps.data.slice(offset * plane, end * plane),
		total: channels,
		offset,
		...rangeOf(maps.data),
		channels: channelSummaries(maps),
	};
}

/** Longest side of a preview in the layer spine. */
const PREVIEW_SIDE = 40;

/** The strongest channel of a layer, small; the units of a vector as one row. */
export function layerPreview(layer: string, output: Tensor, channelAxis: number): LayerPreview {
	const maps = featureMaps(output, channelAxis);
	const [channels, height, width] = maps.shape;
	const isVector = height === 1 && width === 1;
	const plane = height * width;
	const channel = strongestChannels(maps)[0] ?? 0;
	const source = isVector ? maps.data : maps.data.subarray(channel * plane, (channel + 1) * plane);
	const [fullHeight, fullWidth] = isVector ? [1, channels] : [height, width];
	const rows = Math.min(fullHeight, PREVIEW_SIDE);
	const columns = Math.min(fullWidth, PREVIEW_SIDE);
	const data = averageDown(source, fullHeight, fullWidth, rows, columns);
	return { layer, width: columns, height: rows, data, ...rangeOf(data) };
}

/** Mean over the cells that fall into each cell of the smaller map. */
function averageDown(source: Float32Array, height: number, width: number, rows: number, columns: number): Float32Array {
	if (rows === height && columns === width) return source.slice();
	const sums = new Float64Array(rows * columns);
	const counts = new Uint32Array(rows * columns);
	for (let y = 0; y < height; y++) {
		const row = Math.floor((y * rows) / height);
		for (let x = 0; x < width; x++) {
			const cell = row * columns + Math.floor((x * columns) / width);
			sums[cell] = (sums[cell] as number) + (source[y * width + x] as number);
			counts[cell] = (counts[cell] as number) + 1;
		}
	}
	return Float32Array.from(sums, (sum, cell) => sum / Math.max(1, counts[cell] as number));
}
