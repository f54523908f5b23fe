import type { Calls } from "./call";

export const modifiedBackward: Calls = {
	Deconvolution: () => ({ method: "deconvnet", parameters: {} }),
	GuidedBackprop: () => ({ method: "guided-backprop", parameters: {} }),
};
