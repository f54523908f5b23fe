import type { Calls } from "./call";

export const relevance: Calls = {
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
};
