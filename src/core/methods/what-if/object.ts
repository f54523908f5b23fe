import type { ModelSession } from "../../session/model-session";
import { arrange, featureLayout } from "../class-activation-maps/features/feature-maps";
import { type ExplainedInput, explainedInputs } from "../examples";
import type { PreparedRequest } from "../method";
import { spatialAxes } from "../perturbation/perturbed-inputs";
import { isGiven, type Regions, regionsOf } from "./region";

/** The part that is given, or else what stands out from the border of each example. */
export async function objectsOf(session: ModelSession, request: PreparedRequest): Promise<Regions> {
	if (isGiven(request)) return regionsOf(session, request);
	const inputs = explainedInputs(session, request).filter((input) => spatialAxes(input).length > 0);
	return new Map(inputs.map((input) => [input.name, standingOut(input)]));
}

/** What is unlike the border: by Otsu's threshold of the distance, over channels, from the border's mean. */
function standingOut(input: ExplainedInput): Uint8Array {
	const { shape, data } = input.tensor;
	const layout = featureLayout({ shape: shape.slice(1), channelAxis: input.channelAxis });
	const values = arrange(layout, input.tensor);
	const { channels, positions } = layout;
	const isBorder = borderOf(layout.extents);
	const border = isBorder.reduce((sum, one) => sum + one, 0);
	const region = new Uint8Array(data.length);
	for (let from = 0; from < data.length; from += layout.size) {
		const squares = new Float64Array(positions);
		for (let channel = 0; channel < channels; channel++) {
			const first = from + channel * positions;
			let mean = 0;
			for (let at = 0; at < positions; at++) if (isBorder[at] === 1) mean += (values[first + at] as number) / border;
			for (let at = 0; at < positions; at++)
				squares[at] = (squares[at] as number) + ((values[first + at] as number) - mean) ** 2;
		}
		const distances = squares.map(Math.sqrt);
		const threshold = otsu(distances);
		for (const [at, element] of layout.elements.entries()) {
			if ((distances[at] as number) <= threshold) continue;
			for (let channel = 0; channel < channels; channel++) region[from + element + channel * layout.channelStride] = 1;
		}
	}
	return region;
}

/** 1 for positions that are first or last along an axis. */
function borderOf(extents: readonly number[]): Uint8Array {
	const positions = extents.reduce((product, extent) => product * extent, 1);
	return Uint8Array.from({ length: positions }, (_, at) => {
		let rest = at;
		for (const extent of [...extents].reverse()) {
			const place = rest % extent;
			if (place === 0 || place === extent - 1) return 1;
			rest = Math.floor(rest / extent);
		}
		return 0;
	});
}

const BINS = 256;

/** Otsu 1979: the threshold between two classes of values that explains most of their variance. */
export function otsu(values: Float64Array): number {
	let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
	for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
	if (!(high > low)) return high;
	const counts = new Float64Array(BINS);
	const binOf = (value: number) => Math.min(BINS - 1, Math.floor(((value - low) / (high - low)) * BINS));
	for (const value of values) counts[binOf(value)] = (counts[binOf(value)] as number) + 1;
	const total = counts.reduce((sum, count, bin) => sum + count * bin, 0);
	let [below, sumBelow, best, bestVariance] = [0, 0, 0, -1];
	for (let bin = 0; bin < BINS - 1; bin++) {
		below += counts[bin] as number;
		sumBelow += (counts[bin] as number) * bin;
		const above = values.length - below;
		if (below === 0 || above === 0) continue;
		const distance = sumBelow / below - (total - sumBelow) / above;
		const variance = below * above * distance * distance;
		if (variance > bestVariance) [best, bestVariance] = [bin, variance];
	}
	return low + ((best + 1) * (high - low)) / BINS;
}
