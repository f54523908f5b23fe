import type { AttributionMap } from "../../../shared/result";
import { gradientComposite } from "../../rules/composites";
import { atAnyLayer } from "../at-layer";
import { combine, walk } from "../backward-method";
import { BASELINE_PARAMETERS } from "../baselines";
import { MapSum } from "../map-sum";
import type { Method } from "../method";
import { flagOf, numberOf, textOf } from "../parameters";
import { chosenNeuron, strongestNeuron } from "./neuron";
import { pathBatches, pathMaps, straightPath } from "./path";
import { pathParameters, type QuadratureName, quadrature } from "./quadrature";

/**
 * Captum 0.9 `NeuronConductance`. A neuron of several elements (a channel) is the sum of their conductances; Captum
 * multiplies the sums of the two gradients there instead, which mixes elements that do not meet.
 */
export const neuronConductance: Method = {
	id: "neuron-conductance",
	title: "Neuron conductance",
	family: "gradients",
	answers: "Which elements of the input move the unit by way of one neuron of a hidden layer, and by how much?",
	paper: "Dhamdhere, Sundararajan, Yan 2018, How important is a neuron?, arXiv:1805.12233",
	reference:
		"Captum 0.9 NeuronConductance for single neurons; for a channel the sum over its neurons, where Captum multiplies sums; at a layer the path is that of the layer's values. Its default rule, riemann_trapezoid, has weights that sum to less than 1",
	formula: "(x - x') * integral over a in [0, 1] of d f / d h * d h / d x, at x' + a (x - x')",
	needs: { unit: true, input: true },
	at: "input",
	quantity: "signed",
	promisesCompleteness: false,
	parameters: [
		{
			name: "neuron",
			type: "text",
			default: "auto",
			placeholder: "auto, or a unit such as conv2[17]@4,9",
			help: "The neuron or channel on the way, as a unit address (Captum: neuron_selector). auto: for each example the channel before the unit with the largest gradient x activation.",
		},
		...pathParameters("riemann_trapezoid"),
		...BASELINE_PARAMETERS,
		{
			name: "multiply_by_inputs",
			type: "boolean",
			default: true,
			help: "Multiplies with input minus baseline (Captum: multiply_by_inputs).",
		},
	],
	run: atAnyLayer(async function* (session, request) {
		const address = textOf(request, "neuron").trim();
		const neuron = await (address === "auto" || address === ""
			? strongestNeuron(session, request)
			: chosenNeuron(session, request, address));
		const { place, notices } = neuron;
		const { points, weights } = quadrature(textOf(request, "method") as QuadratureName, numberOf(request, "n_steps"));
		const path = straightPath(session, request);
		const sums = path.explained.map(() => new MapSum());
		const multiply = flagOf(request, "multiply_by_inputs");
		for (const { from, size, inputs, request: repeated, progress } of pathBatches(session, request, path, points)) {
			const outgoing = await walk(session, { ...repeated, at: place }, { composite: gradientComposite }, inputs);
			const mask = await neuron.mask(inputs, size);
			const start = combine((outgoing.maps[0] as AttributionMap).tensor, mask, (gradient, share) => gradient * share);
			const incoming = { ...repeated, at: "input" as const, unit: { unit: { place } }, start };
			const { maps } = await walk(session, incoming, { composite: gradientComposite }, inputs);
			for (const [index, { tensor }] of maps.entries()) sums[index]?.add(tensor, weights.slice(from, from + size));
			yield { maps: pathMaps(path, sums, multiply), progress, notices };
		}
	}, "propagated"),
};
