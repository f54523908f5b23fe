import type { Case } from "../manifest";
import type { Calls, Parameters } from "./call";

export const gradients: Calls = {
	Saliency: ({ params }) => ({ method: "saliency", parameters: { abs: params.abs !== false } }),
	NeuronGradient: () => ({ method: "saliency", parameters: { abs: false } }),
	"zennit Gradient": () => ({ method: "saliency", parameters: { abs: false } }),
	InputXGradient: () => ({ method: "gradient-x-input", parameters: {} }),
	LayerGradientXActivation: () => ({ method: "gradient-x-input", parameters: {} }),
	IntegratedGradients: (entry) => ({
		method: "integrated-gradients",
		parameters: { ...path(entry), ...factor(entry) },
	}),
	NeuronIntegratedGradients: (entry) => ({
		method: "integrated-gradients",
		parameters: { ...path(entry), ...factor(entry) },
	}),
	LayerIntegratedGradients: (entry) => ({
		method: "integrated-gradients",
		parameters: { ...path(entry), ...factor(entry) },
	}),
	LayerConductance: (entry) => ({ method: "conductance", parameters: path(entry) }),
	NeuronConductance: (entry) => ({
		method: "neuron-conductance",
		parameters: { ...path(entry), ...factor(entry) },
		neuronParameter: "neuron",
	}),
	InternalInfluence: (entry) => ({ method: "internal-influence", parameters: path(entry) }),
	// 64 points of linspace(0, 1), both ends included, plain mean.
	"innvestigate IntegratedGradients": ({ params }) =>
		params.reference_inputs === 0
			? {
					method: "integrated-gradients",
					parameters: { n_steps: Number(params.steps), method: "riemann_include_endpoints" },
				}
			: `IntegratedGradients from ${JSON.stringify(params.reference_inputs)} not there yet`,
	// iNNvestigate's noise_scale is the standard deviation itself. Its tolerance is that of the original test (rtol 0.25,
	// atol 0.2), which the mean over 64 samples meets.
	"innvestigate SmoothGrad": ({ params }) => ({
		method: "smoothgrad",
		parameters: {
			nt_samples: Number(params.augment_by_n),
			stdevs: Number(params.noise_scale),
			stdevs_unit: "absolute",
		},
		seed: 1,
	}),
};

const path = ({ params }: Case): Parameters => ({
	...(params.n_steps !== undefined && { n_steps: Number(params.n_steps) }),
	...(params.method !== undefined && { method: String(params.method) }),
});

const factor = ({ params }: Case): Parameters => ({ multiply_by_inputs: params.multiply_by_inputs !== false });
