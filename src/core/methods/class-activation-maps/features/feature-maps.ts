import type { AttributionMap } from "../../../../shared/result";
import { sizeOf, type Tensor } from "../../../../shared/tensor";
import type { PlaceLayout } from "../../../session/model-session";

/**
 * Where the positions and channels of a value lie in its data. Positions are the elements of one channel in the order of
 * the file's axes; of tokens that were a grid, the cells of the grid, so that a class token is left out.
 */
export interface FeatureLayout {
	readonly channels: number;
	/** Extents of the positions; empty for a vector. */
	readonly extents: readonly number[];
	readonly positions: number;
	/** Element of an example, for each position, in its first channel. */
	readonly elements: Int32Array;
	/** Elements from one channel to the next. */
	readonly channelStride: number;
	/** Elements of an example. */
	readonly size: number;
	/** Axes of a map of the positions, batch left out, the channel axis as `undefined`. */
	readonly axes: readonly (number | undefined)[];
}

/** Values of a layer by example, channel and position: `[examples, channels, positions]`. */
export interface FeatureMaps {
	readonly layout: FeatureLayout;
	readonly examples: number;
	readonly activations: Float32Array;
}

/** The same with the gradient of the unit at each of them. */
export interface FeaturesAndGradients extends FeatureMaps {
	readonly gradients: Float32Array;
}

/** Number of positions of a value: what {@link featureLayout} would list. */
export function positionCount({ shape, channelAxis, tokens }: Omit<PlaceLayout, "isSpatial">): number {
	const extents = shape.map((extent, axis) => (axis + 1 === tokens?.axis ? sizeOf(tokens.extents) : extent));
	return sizeOf(extents.filter((_, axis) => axis !== channelAxis - 1));
}

export function featureLayout({ shape, channelAxis, tokens }: Omit<PlaceLayout, "isSpatial">): FeatureLayout {
	const channel = channelAxis - 1;
	const hasChannels = channel >= 0 && channel < shape.length;
	const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
	let elements = Int32Array.of(0);
	const axes: (number | undefined)[] = [];
	for (const [axis, extent] of shape.entries()) {
		if (axis === channel) {
			axes.push(undefined);
			continue;
		}
		const isGrid = axis + 1 === tokens?.axis;
		const [first, count] = isGrid ? [tokens.first, sizeOf(tokens.extents)] : [0, extent];
		axes.push(...(isGrid ? tokens.extents : [extent]));
		const stride = strides[axis] as number;
		const further = new Int32Array(elements.length * count);
		let to = 0;
		for (const element of elements)
			for (let index = 0; index < count; index++) further[to++] = element + (first + index) * stride;
		elements = further;
	}
	return {
		channels: hasChannels ? (shape[channel] as number) : 1,
		extents: axes.filter((extent) => extent !== undefined),
		positions: elements.length,
		elements,
		channelStride: hasChannels ? (strides[channel] as number) : 0,
		size: sizeOf(shape),
		axes,
	};
}

/** All elements of one channel of an example; of tokens those outside of the grid too. */
export function* channelElements(
	{ channels, channelStride, size }: FeatureLayout,
	channel: number,
): Generator<number, void, void> {
	const block = channels * channelStride;
	for (let outer = 0; outer < size; outer += block)
		for (let inner = 0; inner < channelStride; inner++) yield outer + channel * channelStride + inner;
}

/** A value in the order `[examples, channels, positions]`. */
export function arrange(layout: FeatureLayout, { shape, data }: Tensor): Float32Array {
	const { channels, positions, elements, channelStride, size } = layout;
	const examples = shape[0] ?? 1;
	const arranged = new Float32Array(examples * channels * positions);
	let to = 0;
	for (let example = 0; example < examples; example++) {
		for (let channel = 0; channel < channels; channel++) {
			const base = example * size + channel * channelStride;
			for (let position = 0; position < positions; position++)
				arranged[to++] = data[base + (elements[position] as number)] as number;
		}
	}
	return arranged;
}

/**
 * A map in the layout of the layer: the channel axis stays where it is, with one entry for each of the map's channels (1
 * where they were summed); tokens become their grid.
 * @param values `[examples, channels of the map, positions]`
 */
export function mapOf(
	at: string,
	{ axes, positions }: FeatureLayout,
	examples: number,
	values: ArrayLike<number>,
): AttributionMap {
	const channels = values.length / Math.max(1, examples * positions);
	const channelAxis = axes.indexOf(undefined);
	const shape = axes.map((extent) => extent ?? channels);
	const inner = channelAxis < 0 ? 1 : sizeOf(shape.slice(channelAxis + 1));
	const data = new Float32Array(values.length);
	for (let at = 0, row = 0; row < examples * channels; row++) {
		const [example, channel] = [Math.floor(row / channels), row % channels];
		for (let position = 0; position < positions; position++, at++) {
			const [outer, within] = [Math.floor(position / inner), position % inner];
			data[example * channels * positions + (outer * channels + channel) * inner + within] = values[at] as number;
		}
	}
	return {
		at,
		channelAxis: channelAxis < 0 ? -1 : channelAxis + 1,
		tensor: { dtype: "float32", shape: [examples, ...shape], data },
	};
}
