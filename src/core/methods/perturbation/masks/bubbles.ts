import { Random } from "../../../data/numbers/random";
import { atAnyLayer } from "../../at-layer";
import type { Method } from "../../method";
import { numberOf, textOf } from "../../parameters";
import { REFERENCE_PARAMETERS } from "../fills";
import { type MaskedInput, MaskedInputs, type Masks, positionMap } from "./masked-inputs";

/** A bubble reaches so many standard deviations far. */
const REACH = 4;
/** Standard normal score above which a place is diagnostic: one-sided 5 %. */
const DIAGNOSTIC = 1.65;

/** Bubbles of one scale on a network in place of an observer. */
export const bubbles: Method = {
	id: "bubbles",
	title: "Bubbles",
	family: "perturbation",
	answers: "Which places, seen through a few Gaussian apertures, go along with a strong unit?",
	paper:
		"Gosselin, Schyns 2001, Bubbles: a technique to reveal the use of information in recognition tasks, doi:10.1016/S0042-6989(01)00097-9",
	reference:
		"The paper, at one spatial scale: the plane of proportions (masks of correct trials over all masks), and the diagnostic image, which shows the input where the plane is more than 1.65 deviations above its mean",
	formula: "sum of r M / sum of M over masks M with the responses r",
	needs: { unit: true, input: true },
	at: "input",
	quantity: "signed",
	promisesCompleteness: false,
	usesSeed: true,
	parameters: [
		{
			name: "n_samples",
			type: "integer",
			default: 1000,
			min: 1,
			max: 1_000_000,
			help: "Number of trials, each with apertures at other places.",
		},
		{
			name: "bubbles",
			type: "integer",
			default: 10,
			min: 1,
			max: 10_000,
			help: "Apertures of each trial, at most as many as cover half of the positions.",
		},
		{
			name: "sigma",
			type: "number",
			default: 0.05,
			min: 0.001,
			max: 1,
			help: "Standard deviation of an aperture, as a share of the longest axis of positions.",
		},
		{
			name: "response",
			type: "choice",
			default: "value",
			choices: ["value", "correct"],
			help: "What a trial counts: the unit's value, or 1 where it passes the criterion and 0 elsewhere, as an observer's answer.",
		},
		{
			name: "criterion",
			type: "number",
			default: 0.5,
			help: "For response=correct: how far from its value on the baseline (0) to that on the input (1) the unit must come.",
		},
		...REFERENCE_PARAMETERS,
	],
	run: atAnyLayer(async function* (session, request) {
		const masked = new MaskedInputs(session, request);
		const { inputs, examples } = masked;
		const trials = numberOf(request, "n_samples");
		const [whole, empty] = await masked.ends();
		const criterion = numberOf(request, "criterion");
		const byValue = textOf(request, "response") === "value";
		const respond = (value: number, example: number) => {
			if (byValue) return value;
			const [from, to] = [empty[example] as number, whole[example] as number];
			return (value - from) / (to - from) >= criterion ? 1 : 0;
		};
		const planes = inputs.map(({ positions }) => new Planes(positions, examples));
		const random = new Random(request.seed);
		const [count, share] = [numberOf(request, "bubbles"), numberOf(request, "sigma")];
		let done = 0;
		for await (const { samples, values } of masked.evaluate(apertures(inputs, count, share, trials, random))) {
			for (const [sample, { masks }] of samples.entries()) {
				const responses = Array.from({ length: examples }, (_, example) =>
					respond(values[sample * examples + example] as number, example),
				);
				for (const [input, mask] of masks.entries()) planes[input]?.add(mask, responses);
			}
			done += samples.length;
			yield {
				maps: inputs.flatMap((input, index) => {
					const proportion = (planes[index] as Planes).proportion();
					const plane = positionMap(input, (at, example) => proportion[example * input.positions + at] as number);
					return [
						{ ...plane, title: "proportion" },
						{ ...diagnosticImage(masked, index, proportion), title: "diagnostic image" },
					];
				}),
				progress: done / trials,
				unitValue: whole[0] as number,
			};
		}
	}),
};

/** Sums over trials of masks, and of masks times responses. */
class Planes {
	private readonly masks: Float64Array;
	private readonly responses: Float64Array;

	constructor(
		private readonly positions: number,
		examples: number,
	) {
		this.masks = new Float64Array(positions);
		this.responses = new Float64Array(positions * examples);
	}

	add(mask: Float32Array, responses: readonly number[]): void {
		for (let at = 0; at < mask.length; at++) this.masks[at] = (this.masks[at] as number) + (mask[at] as number);
		for (const [example, response] of responses.entries()) {
			const from = example * this.positions;
			for (let at = 0; at < mask.length; at++)
				this.responses[from + at] = (this.responses[from + at] as number) + response * (mask[at] as number);
		}
	}

	/** The mean response when a place is seen; of places never seen so far it is the mean of the others. */
	proportion(): Float64Array {
		const result = this.responses.map((sum, at) => sum / (this.masks[at % this.positions] as number));
		for (let from = 0; from < result.length; from += this.positions) {
			const own = result.subarray(from, from + this.positions);
			const seen = own.filter(Number.isFinite);
			const mean = seen.reduce((sum, value) => sum + value, 0) / Math.max(1, seen.length);
			for (let at = 0; at < own.length; at++) if (!Number.isFinite(own[at])) own[at] = mean;
		}
		return result;
	}
}

/** The input where the plane is high, its reference elsewhere. */
function diagnosticImage(masked: MaskedInputs, index: number, proportion: Float64Array) {
	const input = masked.inputs[index] as MaskedInput;
	const { position } = masked.blendOf(index);
	const data = new Float32Array(input.tensor.data.length);
	for (let example = 0; example < masked.examples; example++) {
		const own = proportion.subarray(example * input.positions, (example + 1) * input.positions);
		const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
		const deviation = Math.sqrt(own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / own.length);
		for (let at = 0; at < position.length; at++) {
			const shown = (own[position[at] as number] as number) - mean > DIAGNOSTIC * deviation;
			const index = example * position.length + at;
			data[index] = (shown ? input.tensor.data[index] : input.reference.data[index]) as number;
		}
	}
	const { name, channelAxis, tensor } = input;
	return { at: name, channelAxis, tensor: { dtype: "float32" as const, shape: tensor.shape, data } };
}

function* apertures(
	inputs: readonly MaskedInput[],
	count: number,
	share: number,
	trials: number,
	random: Random,
): Generator<{ masks: Masks }, void, void> {
	for (let trial = 0; trial < trials; trial++)
		yield { masks: inputs.map((input) => aperture(input, count, share, random)) };
}

/** Gaussians at random places, added and cut at 1. */
function aperture(
	{ extents, positions, isVector, isDiscrete }: MaskedInput,
	count: number,
	share: number,
	random: Random,
): Float32Array {
	const sigma = share * Math.max(...extents);
	// What has no neighbours, or cannot be blended, is seen or not.
	const single = isVector || isDiscrete;
	const size = single ? 1 : extents.reduce((area, extent) => area * Math.min(extent, Math.max(1, 2.5 * sigma)), 1);
	const bubbles = Math.max(1, Math.min(count, Math.floor(positions / 2 / size)));
	const mask = new Float32Array(positions);
	for (let bubble = 0; bubble < bubbles; bubble++) {
		const centre = extents.map((extent) => random.integer(extent));
		if (single) mask[centre.reduce((at, index, axis) => at * (extents[axis] as number) + index, 0)] = 1;
		else addGaussian(mask, extents, centre, sigma);
	}
	for (let at = 0; at < mask.length; at++) mask[at] = Math.min(1, mask[at] as number);
	return mask;
}

/** Adds the product of one Gaussian along each axis, as far as it reaches. */
function addGaussian(mask: Float32Array, extents: readonly number[], centre: readonly number[], sigma: number): void {
	const lines = extents.map((extent, axis) => {
		const middle = centre[axis] as number;
		const low = Math.max(0, Math.ceil(middle - REACH * sigma));
		const high = Math.min(extent - 1, Math.floor(middle + REACH * sigma));
		const weights = Float64Array.from({ length: high - low + 1 }, (_, step) =>
			Math.exp(-((low + step - middle) ** 2) / (2 * sigma ** 2)),
		);
		return { low, weights };
	});
	const along = (axis: number, base: number, weight: number): void => {
		const { low, weights } = lines[axis] as { low: number; weights: Float64Array };
		const from = base * (extents[axis] as number) + low;
		for (let step = 0; step < weights.length; step++) {
			const product = weight * (weights[step] as number);
			if (axis + 1 < lines.length) along(axis + 1, from + step, product);
			else mask[from + step] = (mask[from + step] as number) + product;
		}
	};
	along(0, 0, 1);
}
