import type { Tensor } from "../../../shared/tensor";
import { formatPlace } from "../../../shared/unit-parser";
import type { Place } from "../../../shared/units";
import { gradientComposite } from "../../rules/composites";
import type { ModelSession } from "../../session/model-session";
import { combine, walk } from "../backward-method";
import { BASELINE_PARAMETERS, baselineOf, tokenBaseline } from "../baselines";
import { explainedInputs, repeatExamples } from "../examples";
import type { Method, PreparedRequest } from "../method";
import { flagOf, numberOf, textOf } from "../parameters";
import { QUADRATURES, type QuadratureName, quadrature } from "./quadrature";

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
		{
			name: "n_steps",
			type: "integer",
			default: 50,
			min: 2,
			max: 10_000,
			help: "Points of the integral (Captum: n_steps).",
		},
		{
			name: "method",
			type: "choice",
			default: "gausslegendre",
			choices: QUADRATURES,
			help: "How the integral is approximated (Captum: method).",
		},
		...BASELINE_PARAMETERS,
		{
			name: "multiply_by_inputs",
			type: "boolean",
			default: true,
			help: "Multiplies with input minus baseline; false gives the mean gradient alone, whose sum means nothing (Captum: multiply_by_inputs).",
		},
	],
	async *run(session, request) {
		if (request.at !== undefined && request.at !== "input") {
			const atLayer = await cutRequest(session, request, request.at);
			yield* integratedGradients.run(atLayer.session, atLayer.request);
			return;
		}
		const steps = quadrature(textOf(request, "method") as QuadratureName, numberOf(request, "n_steps"));
		const explained = explainedInputs(session, request);
		const baselines = new Map(
			explained.map(({ name, tensor, channelAxis }) => [name, baselineOf(request, name, tensor, channelAxis)]),
		);
		const totals = new Map(explained.map(({ name, tensor }) => [name, new Float64Array(tensor.data.length)]));
		const n = explained[0]?.tensor.shape[0] ?? 1;
		const atOnce = Math.max(1, Math.floor(session.batchSize("backward", request.inputs) / n));
		const multiply = flagOf(request, "multiply_by_inputs");
		const expectedSum = multiply ? await difference(session, request, baselines) : undefined;
		const maps = () =>
			explained.map(({ name, tensor, channelAxis }) => {
				const mean: Tensor = { dtype: "float32", shape: tensor.shape, data: Float32Array.from(totals.get(name) ?? []) };
				const baseline = baselines.get(name) as Tensor;
				const away = combine(tensor, baseline, (x, base) => x - base);
				return { at: name, channelAxis, tensor: multiply ? combine(mean, away, (g, d) => g * d) : mean };
			});
		for (let from = 0; from < steps.points.length; from += atOnce) {
			const points = steps.points.slice(from, from + atOnce);
			const inputs: Record<string, Tensor> = repeatExamples(request.inputs, points.length);
			for (const { name, tensor } of explained)
				inputs[name] = interpolate(tensor, baselines.get(name) as Tensor, points);
			const { maps: gradients } = await walk(
				session,
				{ ...request, at: "input" },
				{ composite: gradientComposite },
				inputs,
			);
			for (const { at, tensor } of gradients)
				addWeighted(totals.get(at), tensor, steps.weights.slice(from, from + atOnce));
			const done = Math.min(1, (from + points.length) / steps.points.length);
			yield { maps: maps(), progress: done, ...(expectedSum && { expectedSum }) };
		}
	},
};

/** The same question about a model whose input is the layer: its values on the inputs and on their baselines. */
async function cutRequest(session: ModelSession, request: PreparedRequest, at: Place) {
	const baselines = inputBaselines(session, request);
	const name = formatPlace(at);
	const valueAt = async (inputs: Readonly<Record<string, Tensor>>) => {
		const [value] = await session.forward(inputs, [at], request.signal);
		return { [name]: value as Tensor };
	};
	const value = await valueAt(request.inputs);
	const baseline = await valueAt({ ...request.inputs, ...Object.fromEntries(baselines) });
	const { at: _at, ...rest } = request;
	return {
		session: session.cutAt(at, request.inputs),
		request: {
			...rest,
			inputs: { ...request.inputs, ...value },
			baselines: baseline,
			held: Object.keys(request.inputs),
		},
	};
}

/** Where the path through a layer begins: the baselines of the real inputs; of a model that has none, those of its tokens. */
function inputBaselines(session: ModelSession, request: PreparedRequest): [string, Tensor][] {
	const { inputs } = session.graph;
	const tokens = inputs.filter((port) => port.dtype === "int32" && !request.held?.includes(port.name));
	if (tokens.length > 0 && inputs.every((port) => port.dtype !== "float32"))
		return tokens.flatMap(({ name }): [string, Tensor][] => {
			const tensor = request.inputs[name];
			return tensor ? [[name, tokenBaseline(request, name, tensor)]] : [];
		});
	return explainedInputs(session, request).map(({ name, tensor, channelAxis }) => [
		name,
		baselineOf(request, name, tensor, channelAxis),
	]);
}

/** f(x) - f(baseline) for each example. */
async function difference(
	session: ModelSession,
	request: PreparedRequest,
	baselines: ReadonlyMap<string, Tensor>,
): Promise<number[]> {
	const at = await session.unitValue(request.inputs, request.unit, request.signal);
	const from = await session.unitValue(
		{ ...request.inputs, ...Object.fromEntries(baselines) },
		request.unit,
		request.signal,
	);
	return Array.from(at, (value, example) => value - (from[example] ?? 0));
}

/** All examples at the first point, then all at the second, and so on. */
function interpolate(input: Tensor, baseline: Tensor, points: readonly number[]): Tensor {
	const size = input.data.length;
	const data = new Float32Array(size * points.length);
	for (const [step, point] of points.entries()) {
		for (let at = 0; at < size; at++) {
			const from = baseline.data[at] ?? 0;
			data[step * size + at] = from + point * ((input.data[at] ?? 0) - from);
		}
	}
	return { dtype: "float32", shape: [(input.shape[0] ?? 1) * points.length, ...input.shape.slice(1)], data };
}

function addWeighted(total: Float64Array | undefined, gradients: Tensor, weights: readonly number[]): void {
	if (!total) return;
	for (const [step, weight] of weights.entries()) {
		for (let at = 0; at < total.length; at++)
			total[at] = (total[at] ?? 0) + weight * (gradients.data[step * total.length + at] ?? 0);
	}
}
