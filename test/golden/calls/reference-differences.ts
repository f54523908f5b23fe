import { baseline, type Calls } from "./call";

export const referenceDifferences: Calls = {
	DeepLift: ({ rule, baselines, multiply_by_inputs }) => ({
		method: "deeplift",
		parameters: {
			// "Rescale" alone is Captum as it is; the complete variant says what it adds.
			rule: String(rule).replace(/,.*$/, ""),
			max_pooling: /max-pool rule/.test(String(rule)) ? "complete" : "captum",
			multiply_by_inputs: multiply_by_inputs !== false,
			...baseline(baselines),
		},
	}),
};
