import { Random } from "../../../data/numbers/random";
import { atAnyLayer } from "../../at-layer";
import type { Method } from "../../method";
import { numberOf } from "../../parameters";
import { REFERENCE_PARAMETERS } from "../fills";
import { GridMask } from "./grid-mask";
import { type MaskedInput, MaskedInputs, type Masks, positionMap } from "./masked-inputs";

/** RISE by its authors (github.com/eclique/RISE, commit d91ea00): names and numbers; the baseline is a choice here. */
export const rise: Method = {
	id: "rise",
	title: "RISE",
	family: "perturbation",
	answers: "How strong is the unit on average when a place is seen, over random masks of the input?",
	paper:
		"Petsiuk, Das, Saenko 2018, RISE: randomized input sampling for explanation of black-box models, arXiv:1806.07421",
	reference:
		"RISE by its authors (2018): N, s and p1 are theirs, with the numbers of the paper (4000 masks, 7 x 7 cells, probability 0.5). They explain the probability: `predictions[class]^post`",
	formula: "mean over masks M of f(x M) M / p1",
	needs: { unit: true, input: true },
	at: "input",
	quantity: "unsigned",
	promisesCompleteness: false,
	usesSeed: true,
	parameters: [
		{ name: "N", type: "integer", default: 4000, min: 1, max: 1_000_000, help: "Number of masks (RISE: N)." },
		{
			name: "s",
			type: "integer",
			default: 7,
			min: 1,
			max: 1000,
			help: "Cells of the coarse masks along each axis of positions, at most its positions; each element of a vector and each token is a cell (RISE: s).",
		},
		{
			name: "p1",
			type: "number",
			default: 0.5,
			min: 0.001,
			max: 1,
			help: "Probability that a cell is seen (RISE: p1).",
		},
		...REFERENCE_PARAMETERS,
	],
	run: atAnyLayer(async function* (session, request) {
		const masked = new MaskedInputs(session, request);
		const { inputs, examples } = masked;
		const [total, cells, probability] = [numberOf(request, "N"), numberOf(request, "s"), numberOf(request, "p1")];
		const sums = inputs.map(({ positions }) => new Float64Array(examples * positions));
		let done = 0;
		for await (const { samples, values } of masked.evaluate(
			randomMasks(inputs, cells, probability, total, request.seed),
		)) {
			for (const [sample, { masks }] of samples.entries())
				for (const [input, mask] of masks.entries())
					addWeighted(sums[input] as Float64Array, mask, values.subarray(sample * examples, (sample + 1) * examples));
			done += samples.length;
			yield {
				maps: inputs.map((input, index) => {
					const own = sums[index] as Float64Array;
					const scale = 1 / (done * probability);
					return positionMap(input, (at, example) => (own[example * input.positions + at] as number) * scale);
				}),
				progress: done / total,
			};
		}
	}),
};

/** The mask times the value of each example, added to the sums of the example. */
function addWeighted(sums: Float64Array, mask: Float32Array, values: Float32Array): void {
	for (const [example, value] of values.entries()) {
		const from = example * mask.length;
		for (let at = 0; at < mask.length; at++)
			sums[from + at] = (sums[from + at] as number) + value * (mask[at] as number);
	}
}

function* randomMasks(
	inputs: readonly MaskedInput[],
	cells: number,
	probability: number,
	total: number,
	seed: number,
): Generator<{ masks: Masks }, void, void> {
	const random = new Random(seed);
	const makers = inputs.map((input) => maskMaker(input, cells, probability, random));
	for (let sample = 0; sample < total; sample++) yield { masks: makers.map((make) => make()) };
}

function maskMaker(
	{ extents, positions, isVector, isDiscrete }: MaskedInput,
	cells: number,
	probability: number,
	random: Random,
): () => Float32Array {
	const seen = () => (random.uniform() < probability ? 1 : 0);
	// What cannot be blended, or has no neighbours, has no use for interpolation.
	if (isVector || isDiscrete) return () => Float32Array.from({ length: positions }, seen);
	const grid = new GridMask(
		extents,
		extents.map((extent) => Math.min(cells, extent)),
	);
	const count = grid.cells.reduce((product, number) => product * number, 1);
	return () => {
		const values = Float32Array.from({ length: count }, seen);
		return grid.enlarge(
			values,
			grid.cellSizes.map((size) => random.integer(size)),
		);
	};
}
