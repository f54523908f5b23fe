/** A result's numbers as flat maps, ready to be painted. */
import type { AttributionMap } from "../../shared/result";
import { sizeOf, type Tensor } from "../../shared/tensor";
import { interpolateBilinear } from "../data/resize";

/** One map of numbers: `width * height` values, rows from the top. */
export interface FlatMap {
	readonly width: number;
	readonly height: number;
	readonly values: Float32Array;
}

/** How several channels become maps. */
export type ChannelView =
	/** One map: the sum over the channels, which keeps sign and completeness. */
	| "sum"
	/** A map for every channel. */
	| "each";

/**
 * Flat maps of one example. Two axes that remain beside the channels are rows and columns; one axis is a single row;
 * none at all (a vector of neurons) is laid out in rows, as square as may be; of more axes the leading ones become maps.
 * @throws RangeError when there is no such example
 */
export function flatMaps(map: AttributionMap, example: number, view: ChannelView): FlatMap[] {
	const { shape, data } = map.tensor;
	const batch = shape[0] ?? 1;
	if (example < 0 || example >= batch) throw new RangeError(`there is no example ${example} in a batch of ${batch}`);
	const size = sizeOf(shape) / batch;
	const values = Float32Array.from(data.subarray(example * size, (example + 1) * size));
	const inner = shape.slice(1);
	const axis = map.channelAxis - 1;
	if (inner.length <= 1) return [vectorMap(values)];
	const hasChannels = axis >= 0 && axis < inner.length;
	const spatial = hasChannels ? inner.filter((_, i) => i !== axis) : inner;
	const channels = hasChannels ? inner[axis]! : 1;
	const after = hasChannels ? sizeOf(inner.slice(axis + 1)) : 1;
	const pixels = sizeOf(spatial);
	const separated = Array.from({ length: channels }, (_, channel) => {
		if (!hasChannels) return values;
		const plane = new Float32Array(pixels);
		for (let i = 0; i < pixels; i++) {
			const [outer, within] = [Math.floor(i / after), i % after];
			plane[i] = values[(outer * channels + channel) * after + within]!;
		}
		return plane;
	});
	const planes = view === "each" ? separated : [sumOf(separated)];
	const [height, width] = spatial.length === 1 ? [1, spatial[0]!] : [spatial.at(-2)!, spatial.at(-1)!];
	const area = width * height;
	return planes.flatMap((plane) =>
		Array.from({ length: plane.length / area }, (_, i) => ({
			width,
			height,
			values: plane.subarray(i * area, (i + 1) * area),
		})),
	);
}

/**
 * Kernels `[..., height, width, in, out]` as flat maps: one for every input of every output, output by output; leading
 * axes (depth) come before. Kernels of one cell are one map, inputs as rows and outputs as columns.
 */
export function kernelMaps(kernels: Tensor): FlatMap[] {
	const [height = 1, width = 1, inputs = 1, outputs = 1] = kernels.shape.slice(-4);
	const depth = sizeOf(kernels.shape.slice(0, -4));
	const { data } = kernels;
	if (height * width * depth === 1) return [{ width: outputs, height: inputs, values: Float32Array.from(data) }];
	const maps: FlatMap[] = [];
	for (let output = 0; output < outputs; output++) {
		for (let input = 0; input < inputs; input++) {
			for (let slice = 0; slice < depth; slice++) {
				const at = (cell: number) => ((slice * height * width + cell) * inputs + input) * outputs + output;
				maps.push({
					width,
					height,
					values: Float32Array.from({ length: height * width }, (_, cell) => data[at(cell)]!),
				});
			}
		}
	}
	return maps;
}

function sumOf(planes: readonly Float32Array[]): Float32Array {
	const sum = new Float32Array(planes[0]?.length ?? 0);
	for (let i = 0; i < sum.length; i++) {
		let total = 0;
		for (const plane of planes) total += plane[i]!;
		sum[i] = total;
	}
	return sum;
}

/** The cells that are left over are NaN. */
function vectorMap(values: Float32Array): FlatMap {
	const width = Math.max(1, Math.ceil(Math.sqrt(values.length)));
	const height = Math.max(1, Math.ceil(values.length / width));
	const padded = new Float32Array(width * height).fill(Number.NaN);
	padded.set(values);
	return { width, height, values: padded };
}

/** Enlarges a map to another size: bilinear between the centres of its cells. */
export function upsample(map: FlatMap, width: number, height: number): FlatMap {
	if (map.width === width && map.height === height) return map;
	const { data } = interpolateBilinear(
		{ width: map.width, height: map.height, channels: 1, data: map.values },
		width,
		height,
	);
	return { width, height, values: data };
}
