import { InvalidRequestError } from "../../../../shared/errors";
import { Random } from "../../../data/numbers/random";
import { SOBOL_DIMENSIONS, sobolSequence } from "../../../data/numbers/sobol";
import { gridSegments } from "../../../data/segmentation/grid";
import { atAnyLayer } from "../../at-layer";
import type { Method } from "../../method";
import { numberOf, textOf } from "../../parameters";
import { REFERENCE_PARAMETERS } from "../fills";
import { type MaskedInput, MaskedInputs, type Masks, positionMap } from "./masked-inputs";

/** Xplique 1.4 `SobolAttributionMethod` with `ScipySobolSequenceRS` and `JansenEstimator`. */
export const sobol: Method = {
	id: "sobol",
	title: "Sobol indices",
	family: "perturbation",
	answers: "Which share of the unit's variance under masks is due to a place, alone and with others?",
	paper:
		"Fel, Cadène, Chalvidal, Cord, Vigouroux, Serre 2021, Look at the variance! Efficient black-box explanations with Sobol-based sensitivity analysis, arXiv:2111.04138",
	reference:
		"Xplique 1.4 SobolAttributionMethod (ScipySobolSequenceRS, JansenEstimator; perturbation_function inpainting is baselines=zero, blurring is baselines=blur); the map holds the index of each cell, where Xplique enlarges it by cubic interpolation",
	formula: "sum over designs of (f(A) - f(A with cell i of B))^2 / (2 n Var f(A))",
	needs: { unit: true, input: true },
	at: "input",
	quantity: "unsigned",
	promisesCompleteness: false,
	usesSeed: true,
	parameters: [
		{
			name: "grid_size",
			type: "integer",
			default: 8,
			min: 1,
			max: 1000,
			help: "Cells along each axis of positions, at most its positions; each element of a vector is a cell (Xplique: grid_size).",
		},
		{
			name: "nb_design",
			type: "integer",
			default: 32,
			min: 2,
			max: 100_000,
			help: "Points of the design, best a power of two; it takes nb_design * (cells + 1) forward passes (Xplique: nb_design).",
		},
		{
			name: "sampler",
			type: "choice",
			default: "sobol",
			choices: ["sobol", "latin-hypercube"],
			help: "Sobol's sequence, for up to 128 cells, or a random Latin hypercube (Xplique: ScipySobolSequenceRS, LatinHypercubeRS).",
		},
		...REFERENCE_PARAMETERS,
	],
	run: atAnyLayer(async function* (session, request) {
		const masked = new MaskedInputs(session, request);
		const { inputs, examples } = masked;
		const designs = numberOf(request, "nb_design");
		const grids = inputs.map((input) => cellsOfInput(input, numberOf(request, "grid_size")));
		const cells = grids.reduce((sum, { count }) => sum + count, 0);
		const rows = designOf(textOf(request, "sampler"), 2 * cells, designs, request.seed);
		const jansen = new Jansen(cells, examples);
		const total = designs * (cells + 1);
		let done = 0;
		for await (const { samples, values } of masked.evaluate(replicated(rows, cells, grids))) {
			for (const [sample, { design, cell }] of samples.entries()) {
				const own = values.subarray(sample * examples, (sample + 1) * examples);
				if (cell === undefined) jansen.addBase(own);
				else jansen.addReplicate(design, cell, own);
			}
			done += samples.length;
			const indices = jansen.totalIndices();
			yield {
				maps: inputs.map((input, index) => {
					const { segments, first } = grids[index] as Cells;
					return positionMap(
						input,
						(at, example) => indices[(first + (segments[at] as number)) * examples + example] as number,
					);
				}),
				progress: done / total,
			};
		}
	}),
};

/** The cell of each position of an input; cells are counted over all inputs. */
interface Cells {
	readonly segments: Int32Array;
	readonly count: number;
	first: number;
}

function cellsOfInput({ extents, isVector, positions }: MaskedInput, size: number): Cells {
	const counts = extents.map((extent) => (isVector ? extent : Math.min(extent, size)));
	const segments = isVector ? Int32Array.from({ length: positions }, (_, at) => at) : gridSegments(extents, counts);
	return { segments, count: counts.reduce((product, count) => product * count, 1), first: 0 };
}

/** Rows of numbers from 0 to 1, evenly spread. @throws InvalidRequestError when the sequence has too few dimensions */
function designOf(sampler: string, dimensions: number, designs: number, seed: number): Float64Array[] {
	if (sampler === "latin-hypercube") return latinHypercube(dimensions, designs, new Random(seed));
	if (dimensions > SOBOL_DIMENSIONS)
		throw new InvalidRequestError(
			`Sobol's sequence has ${SOBOL_DIMENSIONS} dimensions here, but ${dimensions / 2} cells need ${dimensions}`,
			"grid_size",
			"Take a smaller grid_size, or sampler=latin-hypercube.",
		);
	const sequence = sobolSequence(dimensions);
	return Array.from({ length: designs }, () => sequence.next().value as Float64Array);
}

/** In every dimension one point in each of as many slices as there are points (McKay, Beckman, Conover 1979). */
function latinHypercube(dimensions: number, points: number, random: Random): Float64Array[] {
	const rows = Array.from({ length: points }, () => new Float64Array(dimensions));
	for (let dimension = 0; dimension < dimensions; dimension++) {
		const order = random.shuffle(Array.from({ length: points }, (_, point) => point));
		for (const [point, row] of rows.entries()) row[dimension] = ((order[point] as number) + random.uniform()) / points;
	}
	return rows;
}

interface DesignSample {
	readonly masks: Masks;
	readonly design: number;
	/** The cell that comes from the second half of the row; absent: none does. */
	readonly cell?: number;
}

/** All rows of the first half (A), then each with one cell after the other from the second (C). */
function* replicated(
	rows: readonly Float64Array[],
	cells: number,
	grids: readonly Cells[],
): Generator<DesignSample, void, void> {
	let first = 0;
	for (const grid of grids) {
		grid.first = first;
		first += grid.count;
	}
	const masksOf = (values: Float64Array): Masks =>
		grids.map(({ segments, first: offset }) => Float32Array.from(segments, (cell) => values[offset + cell] as number));
	for (const [design, row] of rows.entries()) yield { masks: masksOf(row), design };
	for (const [design, row] of rows.entries()) {
		for (let cell = 0; cell < cells; cell++) {
			const values = row.slice(0, cells);
			values[cell] = row[cells + cell] as number;
			yield { masks: masksOf(values), design, cell };
		}
	}
}

/** Jansen's estimator of total indices (Jansen 1999, Analysis of variance designs for model output, doi:10.1016/S0010-4655(98)00154-4). */
class Jansen {
	private readonly base: Float32Array[] = [];
	private readonly squares: Float64Array;
	private readonly counts: Uint32Array;

	constructor(
		cells: number,
		private readonly examples: number,
	) {
		this.squares = new Float64Array(cells * examples);
		this.counts = new Uint32Array(cells);
	}

	/** The unit on a row of A, for each example. */
	addBase(values: Float32Array): void {
		this.base.push(values);
	}

	/** The unit on the same row with one cell from B. */
	addReplicate(design: number, cell: number, values: Float32Array): void {
		const base = this.base[design] as Float32Array;
		this.counts[cell] = (this.counts[cell] as number) + 1;
		for (const [example, value] of values.entries()) {
			const index = cell * this.examples + example;
			this.squares[index] = (this.squares[index] as number) + ((base[example] as number) - value) ** 2;
		}
	}

	/** By cell, all examples of each; 0 where the unit does not vary. */
	totalIndices(): Float64Array {
		const variances = Array.from({ length: this.examples }, (_, example) =>
			variance(this.base.map((values) => values[example] as number)),
		);
		return this.squares.map((sum, index) => {
			const spread = variances[index % this.examples] as number;
			const count = this.counts[Math.floor(index / this.examples)] as number;
			return spread > 0 && count > 0 ? sum / (2 * count * spread) : 0;
		});
	}
}

/** Unbiased. */
function variance(values: readonly number[]): number {
	const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
	return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1);
}
