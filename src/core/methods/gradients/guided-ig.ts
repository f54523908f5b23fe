import type { Tensor } from "../../../shared/tensor";
import { gradientComposite } from "../../rules/composites";
import { atAnyLayer } from "../at-layer";
import { walk } from "../backward-method";
import { BASELINE_PARAMETERS } from "../baselines";
import type { Method } from "../method";
import { numberOf } from "../parameters";
import { GuidedPath } from "./guided-path";
import { pathEnds, straightPath } from "./path";

/** PAIR saliency 0.2 `GuidedIG`. Several inputs are one vector of features. */
export const guidedIg: Method = {
	id: "guided-ig",
	title: "Guided integrated gradients",
	family: "gradients",
	answers:
		"How much of the difference from the baseline does each element account for, if elements change first where the unit is least sensitive?",
	paper:
		"Kapishnikov, Venugopalan, Avci, Wedin, Terry, Bolukbasi 2021, Guided integrated gradients: an adaptive path method for removing noise, arXiv:2106.09788",
	reference: "PAIR saliency 0.2.1 GuidedIG; at a layer the path runs between the layer's values",
	formula: "sum over steps of d f(x_t) / d x * (x_(t+1) - x_t), the elements of least |gradient| changed first",
	needs: { unit: true, input: true },
	at: "input",
	quantity: "signed",
	promisesCompleteness: true,
	parameters: [
		{
			name: "x_steps",
			type: "integer",
			default: 200,
			min: 1,
			max: 10_000,
			help: "Steps from the baseline to the input, one gradient each (PAIR: x_steps).",
		},
		{
			name: "fraction",
			type: "number",
			default: 0.25,
			min: 0,
			max: 1,
			help: "Share of the elements, those of least |gradient|, that change at once (PAIR: fraction).",
		},
		{
			name: "max_dist",
			type: "number",
			default: 0.02,
			min: 0,
			max: 1,
			help: "How far an element may be from the straight line, as a share of the way: 0 gives integrated gradients, 1 any path (PAIR: max_dist).",
		},
		...BASELINE_PARAMETERS,
	],
	run: atAnyLayer(async function* (session, request) {
		const steps = numberOf(request, "x_steps");
		const options = { steps, fraction: numberOf(request, "fraction"), maxDistance: numberOf(request, "max_dist") };
		const path = straightPath(session, request);
		const { explained, baselines } = path;
		const n = explained[0]?.tensor.shape[0] ?? 1;
		const inputs = explained.map(({ tensor }) => tensor);
		const starts = explained.map(({ name }) => baselines.get(name) as Tensor);
		const paths = Array.from(
			{ length: n },
			(_, example) => new GuidedPath(features(starts, example), features(inputs, example), options),
		);
		const maps = () =>
			explained.map(({ name, channelAxis, tensor }, index) => ({
				at: name,
				channelAxis,
				tensor: gathered(
					tensor,
					paths.map(({ attributions }) => attributions),
					offsetOf(inputs, index),
				),
			}));
		for (let step = 0; step < steps; step++) {
			const points = explained.map(({ name, tensor }, index): [string, Tensor] => [
				name,
				gathered(
					tensor,
					paths.map(({ point }) => point),
					offsetOf(inputs, index),
				),
			]);
			const { maps: gradients } = await walk(
				session,
				{ ...request, at: "input" },
				{ composite: gradientComposite },
				{ ...request.inputs, ...Object.fromEntries(points) },
			);
			const tensors = gradients.map(({ tensor }) => tensor);
			for (const [example, own] of paths.entries()) own.advance(step, features(tensors, example));
			const isLast = step + 1 === steps;
			const expectedSum = isLast ? (await pathEnds(session, request, path)).expectedSum : undefined;
			yield { maps: maps(), progress: (step + 1) / steps, ...(expectedSum && { expectedSum }) };
		}
	}, "propagated"),
};

const sizeOfExample = ({ data, shape }: Tensor) => data.length / (shape[0] ?? 1);

/** Where an input begins in the vector of features. */
const offsetOf = (tensors: readonly Tensor[], index: number) =>
	tensors.slice(0, index).reduce((sum, tensor) => sum + sizeOfExample(tensor), 0);

/** One example of all inputs as one vector. */
function features(tensors: readonly Tensor[], example: number): Float64Array {
	const all = new Float64Array(offsetOf(tensors, tensors.length));
	for (const [index, tensor] of tensors.entries()) {
		const size = sizeOfExample(tensor);
		all.set(tensor.data.subarray(example * size, (example + 1) * size), offsetOf(tensors, index));
	}
	return all;
}

/** The part of each example's vector that belongs to one input, in its shape. */
function gathered(like: Tensor, vectors: readonly Float64Array[], offset: number): Tensor {
	const size = sizeOfExample(like);
	const data = new Float32Array(like.data.length);
	for (const [example, vector] of vectors.entries()) data.set(vector.subarray(offset, offset + size), example * size);
	return { dtype: "float32", shape: like.shape, data };
}
