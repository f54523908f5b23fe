import { baseline, type Calls, neuron } from "./call";

export const gradients: Calls = {
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
	NeuronGradient: ({ layer, channel, position }) => ({
		method: "saliency",
		parameters: { abs: false },
		unit: neuron(String(layer), Number(channel), position),
	}),
};
