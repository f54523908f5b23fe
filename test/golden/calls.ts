import type { Place, UnitAddress } from "../../src/shared/units";
import { type MethodCall, notThereYet } from "../support/attributions";
import type { Golden, GoldenArray } from "./sidecars";

/** How an array of a golden is made here. */
export type Reproduction =
	| { readonly kind: "input" | "logits" | "probabilities" }
	| { readonly kind: "activation"; readonly place: Place }
	| { readonly kind: "method"; readonly call: MethodCall }
	| { readonly kind: "skip"; readonly reason: string };

type Params = Readonly<Record<string, unknown>>;

/** Methods by the reference tools' names, with the parameters that mean the same. The unit is the target's logit. */
const CALLS: Readonly<Record<string, (params: Params) => MethodCall | string>> = {
	Saliency: ({ abs }) => ({ method: "saliency", parameters: { abs: abs === true } }),
	InputXGradient: () => ({ method: "gradient-x-input", parameters: {} }),
	IntegratedGradients: ({ n_steps, method, baselines, multiply_by_inputs }) => ({
		method: "integrated-gradients",
		parameters: {
			n_steps: Number(n_steps),
			method: String(method),
			multiply_by_inputs: multiply_by_inputs !== false,
			...baseline(baselines),
		},
	}),
	Deconvolution: () => ({ method: "deconvnet", parameters: {} }),
	GuidedBackprop: () => ({ method: "guided-backprop", parameters: {} }),
	LayerGradCam: ({ layer, relu_attributions, attr_dim_summation }) => ({
		method: "grad-cam",
		parameters: { relu_attributions: relu_attributions === true, attr_dim_summation: attr_dim_summation !== false },
		at: placeOf(layer),
	}),
	GradCAM: ({ layer, stage }) =>
		/low resolution/.test(String(stage))
			? { method: "grad-cam", parameters: {}, at: placeOf(layer) }
			: "the tool's final stage (ReLU, min-max, resizing to the input) is a matter of display here",
	Occlusion: ({ sliding_window_shapes, strides, baselines }) => ({
		method: "occlusion",
		// Captum is given channels first and a window over all of them; without channels it spans them here too.
		parameters: {
			sliding_window_shapes: (sliding_window_shapes as number[]).slice(1).join("x"),
			strides: (strides as number[]).slice(1).join("x"),
			...baseline(baselines),
		},
	}),
	FeatureAblation: () => ({ method: "feature-ablation", parameters: {} }),
	DeepLift: () => ({ method: "deeplift", parameters: {} }),
	LRP: ({ composite, epsilon, stabilizer, low, high, gamma, canonizer }) => ({
		method: "lrp",
		parameters: {
			composite: String(composite),
			canonise: canonizer === null ? "none" : "fold-batch-norm",
			...(epsilon !== undefined && { epsilon: Number(epsilon) }),
			...(stabilizer !== undefined && { stabilizer: Number(stabilizer) }),
			...(gamma !== undefined && { gamma: Number(gamma) }),
			...(low !== undefined && { low: String(low) }),
			...(high !== undefined && { high: String(high) }),
		},
	}),
	NeuronGradient: ({ layer, channel, position }) => ({
		method: "saliency",
		parameters: { abs: false },
		unit: neuron(String(layer), Number(channel), position),
	}),
};

/** Class activation maps, by the tool's names and by what they will be called here. */
const CAMS: Readonly<Record<string, string>> = {
	GradCAMPlusPlus: "grad-cam-plus-plus",
	ScoreCAM: "score-cam",
	XGradCAM: "x-grad-cam",
	EigenCAM: "eigen-cam",
	AblationCAM: "ablation-cam",
	LayerCAM: "layer-cam",
	HiResCAM: "hires-cam",
};

function classActivationMap(entry: GoldenArray): MethodCall | undefined {
	const method = CAMS[entry.method];
	return method === undefined ? undefined : { method, parameters: {}, at: placeOf(entry.params?.layer) };
}

function baseline(value: unknown): Record<string, string | number> {
	return value === 0 || value === undefined || value === null
		? { baselines: "zero" }
		: { baselines: "constant", baseline_value: Number(value) };
}

/** A layer with a fused activation is meant after it, unless its name says otherwise. */
function placeOf(name: unknown): Place {
	const before = /^(.*?)(?:_preact| \(before its activation\))$/.exec(String(name));
	return before ? { layer: before[1]!, stage: "pre" } : { layer: String(name) };
}

function neuron(layer: string, channel: number, position: unknown): UnitAddress {
	const place = placeOf(layer);
	return Array.isArray(position)
		? { unit: { place, channel, position: position as number[] } }
		: { unit: { place, channel, reduction: "sum" } };
}

/** The unit of a golden's class: its logit. */
export const targetUnit = (golden: Golden, layer: string): UnitAddress => ({
	unit: { place: { layer }, channel: golden.target },
});

export function reproductionOf(entry: GoldenArray): Reproduction {
	const params = entry.params ?? {};
	switch (entry.method) {
		case "preprocessed input":
			return { kind: "input" };
		case "forward":
			return { kind: "logits" };
		case "softmax of the logits":
			return { kind: "probabilities" };
		case "activation":
			return { kind: "activation", place: placeOf(params.layer) };
	}
	const call = CALLS[entry.method]?.(params) ?? classActivationMap(entry);
	if (!call) return { kind: "skip", reason: `method ${entry.method} not there yet` };
	if (typeof call === "string") return { kind: "skip", reason: call };
	const reason = notThereYet(call);
	return reason ? { kind: "skip", reason } : { kind: "method", call };
}
