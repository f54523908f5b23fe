import type { FeatureMaps, FeaturesAndGradients } from "./feature-maps";

/** Activations, each channel times its weight: `[examples, channels, positions]`. */
export function weighted({ layout, activations }: FeatureMaps, weightOf: (row: number) => number): Float64Array {
	const parts = new Float64Array(activations.length);
	for (let row = 0; row * layout.positions < activations.length; row++) {
		const weight = weightOf(row);
		const end = (row + 1) * layout.positions;
		for (let at = row * layout.positions; at < end; at++) parts[at] = weight * (activations[at] as number);
	}
	return parts;
}

/** Activations weighted by a number that a channel's own gradients and activations give. */
export function weightedByChannel(
	features: FeaturesAndGradients,
	weightOf: (gradients: Float32Array, activations: Float32Array) => number,
): Float64Array {
	const { positions } = features.layout;
	return weighted(features, (row) => {
		const [from, to] = [row * positions, (row + 1) * positions];
		return weightOf(features.gradients.subarray(from, to), features.activations.subarray(from, to));
	});
}

/** A function of gradient and activation, element by element. */
export function elementwise(
	{ gradients, activations }: FeaturesAndGradients,
	part: (gradient: number, activation: number) => number,
): Float64Array {
	return Float64Array.from(gradients, (gradient, at) => part(gradient, activations[at] as number));
}

/** Sum over channels: `[examples, positions]`. */
export function sumChannels({ layout, examples }: FeatureMaps, parts: ArrayLike<number>): Float64Array {
	const { channels, positions } = layout;
	const sums = new Float64Array(examples * positions);
	for (let at = 0; at < parts.length; at++) {
		const row = Math.floor(at / positions);
		const to = Math.floor(row / channels) * positions + (at % positions);
		sums[to] = (sums[to] as number) + (parts[at] as number);
	}
	return sums;
}
