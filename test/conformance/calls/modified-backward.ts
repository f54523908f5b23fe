import type { Calls } from "./call";

export const modifiedBackward: Calls = {
	// iNNvestigate starts both from the value of the unit.
	"innvestigate GuidedBackprop": () => ({ method: "guided-backprop", parameters: { start: "value" } }),
	"innvestigate Deconvolution": () => ({ method: "deconvnet", parameters: { start: "value" } }),
	GuidedBackprop: () => ({ method: "guided-backprop", parameters: {} }),
	Deconvolution: () => ({ method: "deconvnet", parameters: {} }),
	NeuronGuidedBackprop: () => ({ method: "guided-backprop", parameters: {} }),
	NeuronDeconvolution: () => ({ method: "deconvnet", parameters: {} }),
};
