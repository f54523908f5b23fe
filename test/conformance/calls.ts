import { type MethodCall, notThereYet } from "../support/attributions";
import type { Case } from "./manifest";

type Parameters = MethodCall["parameters"];

/** A call here that means what the case's tool computes, or why there is none yet. */
export function callOf(entry: Case): MethodCall | string {
	if (entry.layer) return `${entry.method} at a layer of ${entry.suite} cases not there yet`;
	const make = CALLS[`${entry.suite} ${entry.method}`] ?? CALLS[entry.method];
	if (!make) return `method ${entry.method} not there yet`;
	const call = make(entry);
	return typeof call === "string" ? call : (notThereYet(call) ?? call);
}

const CALLS: Readonly<Record<string, (entry: Case) => MethodCall | string>> = {
	Saliency: ({ params }) => ({ method: "saliency", parameters: { abs: params.abs !== false } }),
	InputXGradient: () => ({ method: "gradient-x-input", parameters: {} }),
	// 64 points of linspace(0, 1), both ends included, plain mean.
	"innvestigate IntegratedGradients": ({ params }) =>
		params.reference_inputs === 0
			? {
					method: "integrated-gradients",
					parameters: { n_steps: Number(params.steps), method: "riemann_include_endpoints" },
				}
			: `IntegratedGradients from ${JSON.stringify(params.reference_inputs)} not there yet`,
	// iNNvestigate starts both from the value of the unit.
	"innvestigate GuidedBackprop": () => ({ method: "guided-backprop", parameters: { start: "value" } }),
	"innvestigate Deconvolution": () => ({ method: "deconvnet", parameters: { start: "value" } }),
	GuidedBackprop: () => ({ method: "guided-backprop", parameters: {} }),
	Deconvolution: () => ({ method: "deconvnet", parameters: {} }),
	"innvestigate LRP": (entry) => innvestigateLrp(entry),
	"innvestigate BoundedDeepTaylor": ({ params }) =>
		lrp({
			...every("ZBox"),
			average_pooling: "Gradient",
			low: String(params.low),
			high: String(params.high),
			bias: false,
		}),
	"innvestigate DeepTaylor": () =>
		lrp({ ...every("AlphaBeta"), average_pooling: "Gradient", alpha: 1, beta: 0, bias: false }),
	DeepLift: () => ({ method: "deeplift", parameters: {} }),
};

/** iNNvestigate's zero denominators become 1e-7, with the sign of 0 as +1: a stabiliser of 1e-7. */
function lrp(parameters: Parameters): MethodCall {
	return { method: "lrp", parameters: { composite: "EpsilonPlus", canonise: "none", stabilizer: 1e-7, ...parameters } };
}

/** One rule for all linear layers; these nets have one. */
const every = (rule: string): Parameters => ({ convolution: rule, dense: rule });

function innvestigateLrp({ params }: Case): MethodCall | string {
	const { rule, preset, input_layer_rule: first } = params;
	const bias = params.bias !== false;
	const input = inputRule(first);
	if (input === undefined) return `LRP with ${JSON.stringify(first)} at the input layer not there yet`;
	if (preset !== undefined) {
		const alpha = preset === "A" ? 1 : 2;
		return lrp({ convolution: "AlphaBeta", alpha, beta: alpha - 1, dense: "Epsilon", epsilon: 0.1, ...input });
	}
	switch (rule) {
		case "Epsilon":
			return lrp({ ...every("Epsilon"), epsilon: Number(params.epsilon), bias, ...input });
		case "Z":
			// The Z rule is Epsilon without what absorbs; a zero denominator becomes 1e-7.
			return lrp({ ...every("Norm"), bias, ...input });
		case "AlphaBeta":
			return lrp({ ...every("AlphaBeta"), alpha: Number(params.alpha), beta: Number(params.beta), bias, ...input });
		case "Flat":
		case "WSquare":
			return lrp({ ...every(rule), ...input });
		case "ZPlusFast":
			return lrp({ ...every("ZPlus"), bias: false, ...input });
		default:
			return `LRP rule ${String(rule)} not there yet`;
	}
}

function inputRule(first: unknown): Parameters | undefined {
	if (first === undefined) return {};
	if (first === "Flat") return { first: "Flat" };
	const box = (first as { ZBox?: [number, number] }).ZBox;
	return box && { first: "ZBox", low: String(box[0]), high: String(box[1]) };
}
