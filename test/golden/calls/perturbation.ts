import { baseline, type Calls } from "./call";

export const perturbation: Calls = {
	Occlusion: ({ sliding_window_shapes, strides, baselines }) => ({
		method: "occlusion",
		// Captum is given channels first and a window over all of them; without channels it spans them here too.
		parameters: {
			sliding_window_shapes: (sliding_window_shapes as number[]).slice(1).join("x"),
			strides: (strides as number[]).slice(1).join("x"),
			...baseline(baselines),
		},
	}),
	FeatureAblation: ({ feature_mask, baselines }) => {
		// "cell(y,x) = floor(4*y/H)*4 + floor(4*x/W), the same for all channels": as many cells along both axes.
		const cells = /floor\((\d+)\*y\/H\)\*\1 \+ floor\(\1\*x\/W\)/.exec(String(feature_mask))?.[1];
		if (cells === undefined) return `the features "${String(feature_mask)}" are not understood`;
		return { method: "feature-ablation", parameters: { feature_mask: "grid", cells, ...baseline(baselines) } };
	},
};
