import type { ParameterDescription } from "../../../../shared/methods";
import { atAnyLayer } from "../../at-layer";
import type { Method } from "../../method";
import { numberOf, textOf } from "../../parameters";
import { BLURRED_PARAMETERS } from "../fills";
import type { MaskSurface } from "./mask-surface";
import { positionMap } from "./masked-inputs";
import { type MaskState, optimiseMask } from "./optimise-mask";

const shared = {
	family: "perturbation",
	needs: { unit: true, input: true },
	at: "input",
	quantity: "unsigned",
	promisesCompleteness: false,
	usesSeed: true,
} as const;

const MASK_SCALE: ParameterDescription = {
	name: "mask_scale",
	type: "number",
	default: 8,
	min: 1,
	max: 1000,
	help: "Positions for each cell of the mask along an axis; there are at least 7 cells. Elements of a vector have a cell each.",
};

/** Cells of the paper's mask, which its coefficient of the area is meant for. */
const PAPER_CELLS = 28 * 28;

/** Fong and Vedaldi's mask. */
export const meaningfulPerturbation: Method = {
	...shared,
	id: "meaningful-perturbation",
	title: "Meaningful perturbation",
	answers: "Which smallest, smooth region is enough to take the unit away, or to keep it?",
	paper: "Fong, Vedaldi 2017, Interpretable explanations of black boxes by meaningful perturbation, arXiv:1704.03296",
	reference:
		"The paper's numbers (300 iterations of Adam at 0.1, coefficients 1e-4 and 1e-2, exponent 3, a mask an eighth of the picture, a blur of 10 pixels); without its jitter; the unit counts as a share of its difference from the baseline, so that logits may be explained as well as probabilities",
	formula: "argmin over m of f(x m + r (1 - m)) + l1_lambda |1 - m|_1 + tv_lambda sum of |grad m|^tv_beta",
	parameters: [
		{ name: "num_iters", type: "integer", default: 300, min: 1, max: 100_000, help: "Steps of the optimiser." },
		{ name: "lr", type: "number", default: 0.1, min: 1e-6, max: 10, help: "Learning rate of Adam." },
		{
			name: "l1_lambda",
			type: "number",
			default: 1e-4,
			min: 0,
			max: 1e6,
			help: "Cost of each cell of the region, as of 28 x 28 cells: smaller masks have dearer ones.",
		},
		{
			name: "tv_lambda",
			type: "number",
			default: 1e-2,
			min: 0,
			max: 1e6,
			help: "Cost of differences between neighbouring cells.",
		},
		{ name: "tv_beta", type: "number", default: 3, min: 1, max: 10, help: "Exponent of those differences." },
		{
			name: "game",
			type: "choice",
			default: "deletion",
			choices: ["deletion", "preservation"],
			help: "deletion: the region without which the unit falls; preservation: the one that is enough to keep it.",
		},
		MASK_SCALE,
		...BLURRED_PARAMETERS,
	],
	run: atAnyLayer(async function* (session, request) {
		const deletes = textOf(request, "game") === "deletion";
		const iterations = numberOf(request, "num_iters");
		const [area, variation, exponent] = [
			numberOf(request, "l1_lambda"),
			numberOf(request, "tv_lambda"),
			numberOf(request, "tv_beta"),
		];
		const states = optimiseMask(session, request, {
			sign: deletes ? 1 : -1,
			start: 1,
			iterations,
			learningRate: numberOf(request, "lr"),
			scale: numberOf(request, "mask_scale"),
			regularise: (cells, gradient, surface) => {
				const cost = ((deletes ? -1 : 1) * area * PAPER_CELLS) / cells.length;
				for (let at = 0; at < gradient.length; at++) gradient[at] = (gradient[at] as number) + cost;
				if (variation > 0) addVariation(cells, gradient, surface, variation, exponent);
			},
		});
		for await (const state of states) yield resultOf(state, iterations, deletes);
	}),
};

/** TorchRay's idea of a fixed area, on the same kind of mask. */
export const extremalPerturbation: Method = {
	...shared,
	id: "extremal-perturbation",
	title: "Extremal perturbation",
	answers: "Which region of a given size keeps the unit best?",
	paper:
		"Fong, Patrick, Vedaldi 2019, Understanding deep networks via extremal perturbations and smooth masks, arXiv:1910.08485",
	reference:
		"The area constraint of TorchRay 1.0 extremal_perturbation (variant preserve: sorted mask against a step), its weight growing evenly to 300, so that the unit and not chance decides which cells are kept; on a linearly interpolated mask optimised by Adam in place of its smooth maximum and momentum",
	formula: "argmax over m of f(x m + r (1 - m)) - weight * mean of (sort(m) - step at 1 - area)^2",
	parameters: [
		{
			name: "area",
			type: "number",
			default: 0.1,
			min: 0.001,
			max: 0.999,
			help: "Share of the cells that is kept (TorchRay: areas).",
		},
		{
			name: "max_iter",
			type: "integer",
			default: 300,
			min: 1,
			max: 100_000,
			help: "Steps of the optimiser (TorchRay: max_iter, 800 there).",
		},
		{ name: "lr", type: "number", default: 0.1, min: 1e-6, max: 10, help: "Learning rate of Adam." },
		{
			name: "reg_weight",
			type: "number",
			default: 300,
			min: 0,
			max: 1e9,
			help: "Weight of the area in the end (TorchRay: 300 from the start, growing).",
		},
		MASK_SCALE,
		...BLURRED_PARAMETERS,
	],
	run: atAnyLayer(async function* (session, request) {
		const iterations = numberOf(request, "max_iter");
		const [area, weight] = [numberOf(request, "area"), numberOf(request, "reg_weight")];
		const states = optimiseMask(session, request, {
			sign: -1,
			start: 0.5,
			iterations,
			learningRate: numberOf(request, "lr"),
			scale: numberOf(request, "mask_scale"),
			regularise: (cells, gradient, _, iteration) => addArea(cells, gradient, area, (weight * iteration) / iterations),
		});
		for await (const state of states) yield resultOf(state, iterations, false);
	}),
};

/** The mask as a map: 1 where it takes away (deletion), or where it keeps. */
function resultOf({ inputs, masks, whole, iteration }: MaskState, iterations: number, inverted: boolean) {
	return {
		maps: inputs.map((input, index) =>
			positionMap(input, (at, example) => {
				const value = masks[index]?.[example * input.positions + at] as number;
				return inverted ? 1 - value : value;
			}),
		),
		progress: iteration / iterations,
		unitValue: whole[0] as number,
	};
}

/** Gradient of lambda * sum over axes and neighbours of |difference|^beta. */
function addVariation(
	cells: Float32Array,
	gradient: Float32Array,
	{ cells: extents }: MaskSurface,
	lambda: number,
	beta: number,
): void {
	let stride = cells.length;
	for (const extent of extents) {
		const block = stride;
		stride /= extent;
		for (let at = 0; at + stride < cells.length; at++) {
			if (at % block >= block - stride) continue;
			const difference = (cells[at + stride] as number) - (cells[at] as number);
			const slope = lambda * beta * Math.sign(difference) * Math.abs(difference) ** (beta - 1);
			gradient[at + stride] = (gradient[at + stride] as number) + slope;
			gradient[at] = (gradient[at] as number) - slope;
		}
	}
}

/** Gradient of weight * mean of (sorted cells - step)^2, the step 1 for the largest share `area` of the cells, at least one. */
function addArea(cells: Float32Array, gradient: Float32Array, area: number, weight: number): void {
	const order = Array.from(cells, (_, at) => at).sort((a, b) => (cells[a] as number) - (cells[b] as number));
	const from = Math.min(cells.length - 1, Math.round((1 - area) * cells.length));
	for (const [rank, at] of order.entries()) {
		const wanted = rank >= from ? 1 : 0;
		gradient[at] = (gradient[at] as number) + (2 * weight * ((cells[at] as number) - wanted)) / cells.length;
	}
}
