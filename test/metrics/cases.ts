import { existsSync, readFileSync } from "node:fs";
import type { NumericArray } from "../../src/core/data/npy";
import { readNpz } from "../../src/core/data/npz";
import type { ParameterValue } from "../../src/shared/methods";
import { float32, type Tensor } from "../../src/shared/tensor";
import { testdata } from "../support/testdata";

/** One score of the reference tools; see metrics/README.md. */
export interface Score {
	readonly metric: string;
	readonly tool: string;
	/** Row of `inputs.npz`, or the name of an archive of several examples. */
	readonly input: number | string;
	readonly map: string;
	readonly parameters: Readonly<Record<string, unknown>>;
	readonly score: unknown;
	readonly samples?: string;
	readonly layers?: readonly string[];
	/** Mean and standard deviation over seeds. */
	readonly random?: boolean;
}

export function scores(): Score[] {
	const file = testdata("metrics", "scores.json");
	return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as { scores: Score[] }).scores : [];
}

const archives = new Map<string, Map<string, NumericArray>>();

export function arrayOf(archive: string, name: string): NumericArray {
	let arrays = archives.get(archive);
	if (!arrays) {
		const file = testdata("metrics", `${archive}.npz`);
		arrays = readNpz(readFileSync(file), file);
		archives.set(archive, arrays);
	}
	const array = arrays.get(name);
	if (!array) throw new Error(`${archive}.npz has no array ${name}`);
	return array;
}

/** A row of the first axis, or all of it, with the first axis kept. */
export function rows(archive: string, name: string, row?: number): Tensor {
	const { shape, data } = arrayOf(archive, name);
	const values = Float32Array.from(data as ArrayLike<number>, Number);
	if (row === undefined) return float32(shape, values);
	const size = values.length / (shape[0] ?? 1);
	return float32([1, ...shape.slice(1)], values.slice(row * size, (row + 1) * size));
}

/** The metric here that means the same, with its parameters, and how its numbers compare. */
export interface Measure {
	readonly metric: string;
	readonly parameters: Readonly<Record<string, ParameterValue>>;
	/** What of the measurement the tool tells. */
	/** What our number is multiplied with, where the tool is off by a known factor. */
	readonly factor?: number;
	readonly tells: "score" | "curve" | "values" | "kept" | "sum and difference" | "is complete";
}

type Given = Readonly<Record<string, unknown>>;

const common = ({ abs, normalise, softmax, perturb_baseline }: Given): Record<string, ParameterValue> => ({
	...(typeof abs === "boolean" && { abs }),
	...(typeof normalise === "boolean" && { normalise }),
	...(typeof softmax === "boolean" && { softmax }),
	...(typeof perturb_baseline === "string" && { perturb_baseline }),
});

const plain =
	(metric: string, more: readonly string[] = [], tells: Measure["tells"] = "score") =>
	(given: Given): Measure => ({
		metric,
		parameters: {
			...common(given),
			...Object.fromEntries(more.filter((name) => name in given).map((name) => [name, given[name] as ParameterValue])),
		},
		tells,
	});

/** Of metrics that compare maps with maps: whether the tool's model has a softmax makes no difference. */
const ofMaps =
	(metric: string, more: readonly string[], tells: Measure["tells"] = "score") =>
	({ softmax: _softmax, ...given }: Given): Measure =>
		plain(metric, more, tells)(given);

/** By the tools' names. */
export const MEASURES: Readonly<Record<string, (given: Given) => Measure>> = {
	PixelFlipping: (given) =>
		plain("pixel-flipping", ["features_in_step"], given.return_auc_per_sample ? "score" : "curve")(given),
	RegionPerturbation: plain("region-perturbation", ["patch_size", "regions_evaluation", "order"], "curve"),
	Selectivity: plain("selectivity", ["patch_size"], "curve"),
	IROF: plain("irof"),
	ROAD: (given) => ({
		metric: "road",
		parameters: { ...common(given), percentages: String(given.percentages), noise: Number(given.noise) },
		tells: "kept",
	}),
	ROAD_probability: (given) => ({
		metric: "road",
		parameters: { softmax: true, percentages: String(given.percentages), noise: Number(given.noise) },
		tells: "curve",
	}),
	Infidelity: (given) => ({
		metric: "patch-infidelity",
		parameters: { ...common(given), perturb_patch_sizes: String(given.perturb_patch_sizes) },
		tells: "score",
	}),
	PointingGame: plain("pointing-game"),
	RelevanceMassAccuracy: plain("relevance-mass"),
	RelevanceRankAccuracy: plain("relevance-rank"),
	AUC: plain("localisation-auc"),
	AttributionLocalisation: (given) => ({
		metric: "attribution-localisation",
		parameters: { ...common(given), positive_attributions: given.positive_attributions === true },
		tells: "score",
	}),
	TopKIntersection: plain("top-k-intersection", ["k", "concept_influence"]),
	Sparseness: plain("sparseness"),
	Complexity: plain("complexity"),
	EffectiveComplexity: plain("effective-complexity", ["eps"]),
	Completeness: plain("completeness", [], "is complete"),
	CompletenessResidual: ({ baseline }) => ({
		metric: "completeness",
		parameters: { perturb_baseline: baseline === "zeros" ? "0" : "black" },
		tells: "sum and difference",
	}),
	MaxSensitivity: ofMaps("max-sensitivity", ["nr_samples"]),
	AvgSensitivity: ofMaps("avg-sensitivity", ["nr_samples"]),
	// Captum 0.9 iterates over a map that is no tuple, subtracts each disturbed map from all copies of the plain one, and
	// takes the norm of the n differences at once: its figure is sqrt(n) times the paper's.
	sensitivity_max: ({ n_perturb_samples }) => ({
		factor: Math.sqrt(Number(n_perturb_samples)),
		metric: "max-sensitivity",
		parameters: { nr_samples: Number(n_perturb_samples) },
		tells: "score",
	}),
	infidelity: plain("infidelity", ["n_perturb_samples", "normalize"]),
	SensitivityN_subsets: ({ removed_value }) => ({
		metric: "sensitivity-n",
		parameters: { perturb_baseline: String(removed_value) },
		tells: "score",
	}),
	SensitivityN: (given) =>
		plain(
			"batch-sensitivity-n",
			["features_in_step", "n_max_percentage"],
			given.return_aggregate ? "score" : "curve",
		)(given),
	MPRT: ofMaps("parameter-randomisation", ["layer_order"], "values"),
};

/** Methods by the names of the stored maps, for metrics that explain again. */
export const METHODS: Readonly<Record<string, { method: string; parameters: Record<string, ParameterValue> }>> = {
	gradient: { method: "saliency", parameters: { abs: false } },
	input_x_gradient: { method: "gradient-x-input", parameters: {} },
	integrated_gradients: { method: "integrated-gradients", parameters: { n_steps: 32 } },
};
