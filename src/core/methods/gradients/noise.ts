import type { ParameterDescription } from "../../../shared/methods";
import type { Tensor } from "../../../shared/tensor";
import type { Random } from "../../data/numbers/random";
import type { ExplainedInput } from "../examples";
import type { PreparedRequest } from "../method";
import { numberOf, textOf } from "../parameters";

/** Captum's names; the defaults of the paper and of PAIR saliency 0.2, which count in shares of the range. */
export const NOISE_PARAMETERS: readonly ParameterDescription[] = [
	{
		name: "nt_samples",
		type: "integer",
		default: 25,
		min: 1,
		max: 10_000,
		help: "Disturbed copies of each input (Captum: nt_samples, default 5; PAIR: nsamples).",
	},
	{
		name: "stdevs",
		type: "number",
		default: 0.15,
		min: 0,
		max: 1e6,
		help: "Standard deviation of the Gaussian noise, in the unit that stdevs_unit says (Captum: stdevs, default 1; PAIR: stdev_spread).",
	},
	{
		name: "stdevs_unit",
		type: "choice",
		default: "range",
		choices: ["range", "absolute"],
		help: "What stdevs counts in: the range of each example (largest minus smallest value), as in the paper and PAIR; or the values of the preprocessed input themselves, as in Captum and iNNvestigate.",
	},
];

/** Standard deviation of the noise for each example of an input. */
export function deviationsOf(request: PreparedRequest, { tensor }: ExplainedInput): number[] {
	const n = tensor.shape[0] ?? 1;
	const size = tensor.data.length / Math.max(1, n);
	const stdevs = numberOf(request, "stdevs");
	return Array.from({ length: n }, (_, example) => {
		if (textOf(request, "stdevs_unit") === "absolute") return stdevs;
		let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
		for (const value of tensor.data.subarray(example * size, (example + 1) * size))
			[low, high] = [Math.min(low, value), Math.max(high, value)];
		return stdevs * (high - low);
	});
}

/**
 * Adds noise to one copy of a batch, which is the `copy`th in `data`. All examples get the same noise, each times its own
 * deviation: what an example gets does not depend on its neighbours.
 */
export function addNoise(
	data: Float32Array,
	{ shape, data: values }: Tensor,
	copy: number,
	deviations: readonly number[],
	random: Random,
): void {
	const size = values.length / Math.max(1, shape[0] ?? 1);
	for (let at = 0; at < size; at++) {
		const noise = random.gaussian();
		for (let example = 0; example < deviations.length; example++) {
			const place = copy * values.length + example * size + at;
			data[place] = (data[place] as number) + (deviations[example] as number) * noise;
		}
	}
}
