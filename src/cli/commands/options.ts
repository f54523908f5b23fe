import type { OptionSpec } from "../arguments";

/** Options that several commands share. */
export const INPUT: OptionSpec = {
	value: "FILE",
	several: true,
	help: "What the model is run on: .npy and .npz as they are, pictures preprocessed. Several files are one batch; NAME=FILE names the input that a file is for.",
};

export const PREPROCESS: OptionSpec = {
	value: "SPEC",
	help: 'How pictures become numbers: raw, unit, signed, imagenet-torch, imagenet-caffe, or JSON such as {"preset": "unit", "resize": "lanczos", "fit": "crop"}, or a .json file that holds the like. Without it: what lies beside the model, else a guess, which is told.',
};

export const LABELS: OptionSpec = {
	value: "FILE",
	help: "Names of the classes; without it those found beside the model.",
};

export const ENGINE: OptionSpec = {
	value: "NAME",
	choices: ["auto", "session", "wasm", "cpu"],
	help: "What computes: session is native TensorFlow, wasm and cpu need nothing installed. Without it: auto.",
};
