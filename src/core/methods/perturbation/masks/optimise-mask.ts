import { CancelledError, UnsupportedError } from "../../../../shared/errors";
import type { Tensor } from "../../../../shared/tensor";
import { gradientComposite } from "../../../rules/composites";
import type { ModelSession } from "../../../session/model-session";
import type { PreparedRequest } from "../../method";
import { perturbedInputs } from "../perturbed-inputs";
import { Adam } from "./adam";
import { MaskSurface } from "./mask-surface";
import { type MaskedInput, MaskedInputs } from "./masked-inputs";

/** What a mask is asked for besides its effect on the unit: adds its gradient to that of the cells of one example. */
export type Regulariser = (
	cells: Float32Array,
	gradient: Float32Array,
	surface: MaskSurface,
	iteration: number,
) => void;

export interface MaskProblem {
	/** 1 where the unit shall fall, -1 where it shall stay. */
	readonly sign: 1 | -1;
	readonly start: number;
	readonly iterations: number;
	readonly learningRate: number;
	/** Positions for each cell of the mask along an axis. */
	readonly scale: number;
	readonly regularise: Regulariser;
}

/** Masks after an iteration: for each input the positions of all examples. */
export interface MaskState {
	readonly inputs: readonly MaskedInput[];
	readonly masks: readonly Float32Array[];
	/** The unit on the inputs as they are, for each example. */
	readonly whole: Float32Array;
	readonly iteration: number;
}

/**
 * Gradient descent (Adam) on a mask of each example, kept between 0 and 1. The unit counts as the share of what the input
 * makes of it beyond the reference, so that coefficients mean the same for a logit and for a probability.
 * @throws UnsupportedError when there is no input of real numbers
 * @throws CancelledError between iterations
 */
export async function* optimiseMask(
	session: ModelSession,
	request: PreparedRequest,
	problem: MaskProblem,
): AsyncGenerator<MaskState, void, void> {
	const masked = new MaskedInputs(session, blendable(session, request));
	const { inputs, examples } = masked;
	const surfaces = inputs.map((input) => new MaskSurface(input, problem.scale));
	const cells = surfaces.map(({ size }) => new Float32Array(size * examples).fill(problem.start));
	const steps = cells.map((own) => new Adam(own.length, problem.learningRate));
	const [whole, empty] = await masked.ends();
	const scales = Array.from(
		whole,
		(value, example) => problem.sign / (Math.abs(value - (empty[example] as number)) || 1),
	);
	const masksNow = () => surfaces.map((surface, index) => enlargeAll(surface, cells[index] as Float32Array, examples));
	let masks = masksNow();
	for (let iteration = 1; iteration <= problem.iterations; iteration++) {
		if (request.signal?.aborted) throw new CancelledError();
		const blended: Record<string, Tensor> = { ...request.inputs };
		for (const [index, { name }] of inputs.entries())
			blended[name] = masked.blendEach(index, masks[index] as Float32Array);
		const { maps } = await session.backward(
			{ composite: gradientComposite, unit: request.unit, at: ["input"], start: "one", passes: [] },
			blended,
			request.signal,
		);
		for (const [index, { name }] of inputs.entries()) {
			const gradient = maps.find(({ at }) => at === name)?.tensor.data as Float32Array;
			const own = cells[index] as Float32Array;
			const slopes = cellGradient(masked, index, surfaces[index] as MaskSurface, gradient, scales);
			const size = (surfaces[index] as MaskSurface).size;
			for (let example = 0; example < examples; example++) {
				const [from, to] = [example * size, (example + 1) * size];
				problem.regularise(
					own.subarray(from, to),
					slopes.subarray(from, to),
					surfaces[index] as MaskSurface,
					iteration,
				);
			}
			(steps[index] as Adam).step(own, slopes);
			for (let at = 0; at < own.length; at++) own[at] = Math.min(1, Math.max(0, own[at] as number));
		}
		masks = masksNow();
		yield { inputs, masks, whole, iteration };
	}
}

/** Whole numbers cannot be blended: they are held. */
function blendable(session: ModelSession, request: PreparedRequest): PreparedRequest {
	const discrete = perturbedInputs(session, request).filter(({ tensor }) => tensor.dtype !== "float32");
	const names = discrete.map(({ name }) => name);
	const held = [...(request.held ?? []), ...names];
	if (session.graph.inputs.every(({ name }) => held.includes(name)))
		throw new UnsupportedError(
			`the inputs (${names.join(", ")}) are whole numbers, which cannot be blended with a reference`,
			session.path,
			"Ask for the map at the first layer with real numbers, such as the embedding.",
		);
	return { ...request, held };
}

function enlargeAll(surface: MaskSurface, cells: Float32Array, examples: number): Float32Array {
	const parts = Array.from({ length: examples }, (_, example) =>
		surface.enlarge(cells.subarray(example * surface.size, (example + 1) * surface.size)),
	);
	const size = parts[0]?.length ?? 0;
	const masks = new Float32Array(size * examples);
	for (const [example, part] of parts.entries()) masks.set(part, example * size);
	return masks;
}

/** d (scaled unit) / d cell: each element moves away from its reference by its distance from it. */
function cellGradient(
	masked: MaskedInputs,
	index: number,
	surface: MaskSurface,
	gradient: Float32Array,
	scales: readonly number[],
): Float32Array {
	const { position, away } = masked.blendOf(index);
	const { positions } = masked.inputs[index] as MaskedInput;
	const slopes = new Float32Array(surface.size * masked.examples);
	for (let example = 0; example < masked.examples; example++) {
		const own = new Float32Array(positions);
		for (let at = 0; at < position.length; at++) {
			const element = example * position.length + at;
			const to = position[at] as number;
			own[to] =
				(own[to] as number) + (gradient[element] as number) * (away[element] as number) * (scales[example] as number);
		}
		slopes.set(surface.gather(own), example * surface.size);
	}
	return slopes;
}
