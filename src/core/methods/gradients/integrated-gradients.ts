import type { Tensor } from "../../../shared/tensor";
import { alongSteps, refuseLayer, refuseOwnMean, repeated, weightedOverSteps } from "../../export/steps";
import type { Value } from "../../program/types";
import { mul, sub } from "../../program/vocabulary";
import { gradientComposite } from "../../rules/composites";
import { atAnyLayer } from "../at-layer";
import { BASELINE_PARAMETERS } from "../baselines";
import { MapSum } from "../map-sum";
import type { Method } from "../method";
import { flagOf, numberOf, textOf } from "../parameters";
import { type PathEnds, pathEnds, pathMaps, straightPath, weightedGradients } from "./path";
import { pathParameters, type QuadratureName, quadrature } from "./quadrature";

/**
 * Captum 0.9 `IntegratedGradients` (for other units than classes `NeuronIntegratedGradients`). At a layer it is
 * `LayerIntegratedGradients`: the path runs between the layer's values, while the inputs stay as they are.
 */
export const integratedGradients: Method = {
	id: "integrated-gradients",
	title: "Integrated gradients",
	family: "gradients",
	answers:
		"How much of the difference between the unit's value on the input and on the baseline does each element account for?",
	paper: "Sundararajan, Taly, Yan 2017, Axiomatic attribution for deep networks, arXiv:1703.01365",
	reference: "Captum 0.9 IntegratedGradients; its riemann_trapezoid, whose weights do not sum to 1, is kept as it is",
	formula: "(x - x') * integral over a in [0, 1] of d f(x' + a (x - x')) / d x",
	needs: { unit: true, input: true },
	at: "input",
	quantity: "signed",
	promisesCompleteness: true,
	parameters: [
		...pathParameters(),
		...BASELINE_PARAMETERS,
		{
			name: "multiply_by_inputs",
			type: "boolean",
			default: true,
			help: "Multiplies with input minus baseline; false gives the mean gradient alone, whose sum means nothing (Captum: multiply_by_inputs).",
		},
	],
	program(context) {
		const { b, session, request } = context;
		refuseLayer("integrated-gradients", request);
		const steps = quadrature(textOf(request, "method") as QuadratureName, numberOf(request, "n_steps"));
		const path = straightPath(session, request);
		refuseOwnMean("integrated-gradients", request);
		const awayFrom = new Map<string, Value>();
		const inputs: Record<string, Value> = {};
		for (const [name, value] of Object.entries(context.inputs)) inputs[name] = repeated(b, value, steps.points.length);
		for (const { name } of path.explained) {
			const baseline = context.constant(path.baselines.get(name) as Tensor);
			const away = sub(b, context.inputs[name] as Value, baseline);
			awayFrom.set(name, away);
			inputs[name] = alongSteps(b, away, baseline, steps.points);
		}
		const walked = context.walk({ composite: gradientComposite, inputs, times: steps.points.length });
		return walked.map(({ value, ...map }) => {
			const mean = weightedOverSteps(b, value, steps.weights);
			return {
				...map,
				value: flagOf(request, "multiply_by_inputs") ? mul(b, mean, awayFrom.get(map.at) as Value) : mean,
			};
		});
	},
	run: atAnyLayer(async function* (session, request) {
		const steps = quadrature(textOf(request, "method") as QuadratureName, numberOf(request, "n_steps"));
		const path = straightPath(session, request);
		const sums = path.explained.map(() => new MapSum());
		const multiply = flagOf(request, "multiply_by_inputs");
		let ends: PathEnds | undefined;
		for await (const { from, gradients, progress } of weightedGradients(session, request, path, steps)) {
			for (const [index, { tensor }] of gradients.maps.entries()) sums[index]?.add(tensor, gradients.weights);
			// The first picture does not wait for what the sum will be compared with.
			if (multiply && (from > 0 || progress === 1)) ends ??= await pathEnds(session, request, path);
			yield { maps: pathMaps(path, sums, multiply), progress, ...ends };
		}
	}, "propagated"),
};
