import type { MethodDescription } from "../../../shared/methods";
import type { Tensor } from "../../../shared/tensor";
import { BASELINE_PARAMETERS } from "../baselines";
import { MapSum } from "../map-sum";
import type { Method } from "../method";
import { numberOf, textOf } from "../parameters";
import { pathEnds, pathGradients, straightPath } from "./path";
import { pathParameters, type QuadratureName, quadrature } from "./quadrature";

const shared = {
	family: "gradients",
	needs: { unit: true, input: true },
	at: "required",
	quantity: "signed",
} as const satisfies Partial<MethodDescription>;

/**
 * Captum 0.9 `LayerConductance`: the integral over the path is taken along the layer's own values, between neighbouring
 * points, without quadrature weights. With `gausslegendre` the ends of the path are thus not reached.
 */
export const conductance: Method = {
	...shared,
	id: "conductance",
	title: "Conductance",
	answers:
		"How much of the difference between the unit's value on the input and on the baseline flows through each neuron of a layer?",
	paper: "Dhamdhere, Sundararajan, Yan 2018, How important is a neuron?, arXiv:1805.12233",
	reference:
		"Captum 0.9 LayerConductance: n_steps + 1 points of the rule, gradients times differences of neighbours, no weights",
	formula: "sum over points i of d f / d h (x_i) * (h(x_(i+1)) - h(x_i)), x_i from x' to x",
	promisesCompleteness: true,
	parameters: [...pathParameters(), ...BASELINE_PARAMETERS],
	async *run(session, request) {
		const { points } = quadrature(textOf(request, "method") as QuadratureName, numberOf(request, "n_steps") + 1);
		const path = straightPath(session, request);
		const sum = new MapSum();
		let before: Neighbour | undefined;
		for await (const { gradients, size, progress } of pathGradients(session, request, path, points)) {
			const [map] = gradients.maps;
			if (!map) return;
			const examples = map.tensor.data.length / size;
			for (let point = 0; point < size; point++) {
				const here: Neighbour = {
					gradient: sliceOf(map.tensor, point, examples, size),
					value: sliceOf(map.activation, point, examples, size),
				};
				if (before) sum.add(products(before, here), [1]);
				before = here;
			}
			if (!before) continue;
			// One point alone has no neighbour: its map is empty so far.
			const soFar = sum.values().length > 0 ? sum.tensor() : zeros(before.value);
			const isPromise = progress === 1 && carriesAll();
			const expectedSum = isPromise ? (await pathEnds(session, request, path)).expectedSum : undefined;
			yield {
				maps: [{ at: map.at, channelAxis: map.channelAxis, tensor: soFar }],
				progress,
				...(expectedSum && { expectedSum }),
			};
		}

		/** Nothing goes around the layer, so that what flows through it is all there is. */
		function carriesAll(): boolean {
			const { at } = request;
			if (at === undefined || at === "input") return false;
			return session.cutAt(at, request.inputs).graph.inputs.length === 1;
		}
	},
};

/** Captum 0.9 `InternalInfluence`. */
export const internalInfluence: Method = {
	...shared,
	id: "internal-influence",
	title: "Internal influence",
	answers: "How much does the unit depend on each neuron of a layer, on average between the baseline and the input?",
	paper:
		"Leino, Sen, Datta, Fredrikson, Li 2018, Influence-directed explanations for deep convolutional networks, arXiv:1802.03788",
	reference: "Captum 0.9 InternalInfluence: the mean gradient alone, multiplied by nothing",
	formula: "integral over a in [0, 1] of d f / d h (x' + a (x - x'))",
	promisesCompleteness: false,
	parameters: [...pathParameters(), ...BASELINE_PARAMETERS],
	async *run(session, request) {
		const { points, weights } = quadrature(textOf(request, "method") as QuadratureName, numberOf(request, "n_steps"));
		const sum = new MapSum();
		const path = straightPath(session, request);
		for await (const { from, size, gradients, progress } of pathGradients(session, request, path, points)) {
			const [map] = gradients.maps;
			if (!map) return;
			sum.add(map.tensor, weights.slice(from, from + size));
			yield { maps: [{ at: map.at, channelAxis: map.channelAxis, tensor: sum.tensor() }], progress };
		}
	},
};

/** Gradient and value of the layer at a point of the path, for all examples. */
interface Neighbour {
	readonly gradient: Tensor;
	readonly value: Tensor;
}

function sliceOf({ dtype, shape, data }: Tensor, point: number, length: number, points: number): Tensor {
	return {
		dtype,
		shape: [(shape[0] ?? 0) / points, ...shape.slice(1)],
		data: data.subarray(point * length, (point + 1) * length),
	};
}

function products(before: Neighbour, here: Neighbour): Tensor {
	const data = new Float32Array(here.value.data.length);
	for (let at = 0; at < data.length; at++)
		data[at] =
			(before.gradient.data[at] as number) * ((here.value.data[at] as number) - (before.value.data[at] as number));
	return { dtype: "float32", shape: here.value.shape, data };
}

const zeros = ({ shape, data }: Tensor): Tensor => ({ dtype: "float32", shape, data: new Float32Array(data.length) });
