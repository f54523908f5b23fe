import { METHODS } from "../methods/index";

/** Names that stand for several methods. */
export type Preset = "quick" | "thorough";

const QUICK = [
	"saliency",
	"gradient-x-input",
	"integrated-gradients",
	"smoothgrad",
	"guided-backprop",
	"lrp",
	"deeplift",
	"grad-cam",
	"occlusion",
];

/** Dozens of passes each, or made for comparisons of another kind. */
const LONG = new Set(["guided-ig", "shapley-values", "occlusion-study", "neuron-conductance", "learned-cam"]);

/** The methods of a preset, in the order of the registry: `quick` ones that everybody knows, or every attribution. */
export const PRESETS: Readonly<Record<Preset, readonly string[]>> = {
	quick: QUICK,
	thorough: METHODS.filter(
		({ id, family, at, needs }) =>
			needs.unit &&
			needs.input &&
			!needs.batch &&
			!needs.dataset &&
			!needs.attention &&
			at !== "required" &&
			family !== "inspection" &&
			family !== "what-if" &&
			!LONG.has(id),
	).map(({ id }) => id),
};

/** What is measured when nothing is named: quick, and of use for any map. */
export const SHEET_METRICS: readonly string[] = ["deletion", "insertion", "sparseness"];

/** The same where a mask tells what the unit should look at. */
export const MASK_METRICS: readonly string[] = ["relevance-mass", "relevance-rank"];
