import { sizeOf, type Tensor } from "../../../shared/tensor";
import { Random } from "../../data/numbers/random";
import { indexOf } from "../../session/inputs";
import { textOf } from "../parameters";
import { cellsOf } from "../perturbation/features/segments";
import { type PerturbedInput, perturbedInputs, positionsOf, spatialAxes } from "../perturbation/perturbed-inputs";
import { extentsOf, positionAxes } from "./region";
import { whatIf } from "./what-if";

export const shuffle = whatIf(
	{
		id: "shuffle-parts",
		title: "Shuffle parts",
		answers: "Does the unit need the parts of the input in their order, or only the parts?",
		paper:
			"Brendel, Bethge 2019, Approximating CNNs with bag-of-local-features models works surprisingly well on ImageNet, arXiv:1904.00760",
		reference:
			"the paper's shuffled patches: cells of one size change places by a permutation of the seed; what a grid leaves over at the end of an axis stays",
		formula: "x' = x with the cells of a grid permuted",
		usesSeed: true,
		parameters: [
			{
				name: "grid",
				type: "text",
				default: "4",
				placeholder: "4, or 4x6",
				help: "Cells along each axis of positions; at most as many as there are positions.",
			},
		],
	},
	async function* (session, request) {
		const inputs = perturbedInputs(session, request);
		const placed = inputs.filter((input) => spatialAxes(input).length > 0);
		const random = new Random(request.seed);
		const edited: Record<string, Tensor> = {};
		for (const input of placed.length > 0 ? placed : inputs)
			edited[input.name] = shuffled(input, textOf(request, "grid"), random);
		yield { edited, progress: 1 };
	},
);

/** All examples and channels by the same permutation. */
function shuffled(input: PerturbedInput, grid: string, random: Random): Tensor {
	const { dtype, shape, data } = input.tensor;
	const extents = extentsOf(input);
	const cells = cellsOf(grid, extents, "grid").map((count, axis) => Math.min(count, extents[axis] as number));
	const sizes = extents.map((extent, axis) => Math.floor(extent / (cells[axis] as number)));
	const order = permutation(
		cells.reduce((product, count) => product * count, 1),
		random,
	);
	const axes = positionAxes(input);
	const example = shape.slice(1);
	const steps = axes.map((axis) => sizeOf(example.slice(axis + 1)));
	// How far from the elements at a position those lie that take their place.
	const distances = Int32Array.from({ length: sizeOf(extents) }, (_, at) => {
		const position = indexOf(at, extents);
		const cell = position.map((own, axis) => Math.floor(own / (sizes[axis] as number)));
		if (cell.some((own, axis) => own >= (cells[axis] as number))) return 0;
		const source = indexOf(order[flatOf(cell, cells)] as number, cells);
		return steps.reduce((sum, step, axis) => {
			const moved = (source[axis] as number) - (cell[axis] as number);
			return sum + moved * (sizes[axis] as number) * step;
		}, 0);
	});
	const size = sizeOf(example);
	const position = positionsOf(example, axes, size);
	const moved = data.slice();
	for (let at = 0; at < data.length; at++)
		moved[at] = data[at + (distances[position[at % size] as number] as number)] as number;
	return { dtype, shape, data: moved };
}

/** Fisher and Yates. */
function permutation(count: number, random: Random): number[] {
	const order = Array.from({ length: count }, (_, at) => at);
	for (let last = count - 1; last > 0; last--) {
		const other = random.integer(last + 1);
		[order[last], order[other]] = [order[other] as number, order[last] as number];
	}
	return order;
}

const flatOf = (index: readonly number[], shape: readonly number[]): number =>
	index.reduce((at, own, axis) => at * (shape[axis] as number) + own, 0);
