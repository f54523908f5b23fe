import type { ModelSummary } from "../../shared/model";
import { PREPROCESS_PRESETS, type PreprocessSpec } from "../../shared/preprocess";

/** Layers that scale pictures inside the model, so that it takes them as they are. */
const SCALES_INSIDE = new Set(["Rescaling", "Normalization"]);

/**
 * How pictures are probably brought to a model when nothing beside it says so: as they are where the model scales them
 * itself, else to 0..1. Shown as a guess, and changed by the user where it is wrong.
 */
export function guessPreprocess(summary: Pick<ModelSummary, "layers">): {
	preprocess: PreprocessSpec;
	from: "model" | "guess";
} {
	const first = summary.layers.filter((layer) => layer.type !== "InputLayer").slice(0, 3);
	const inside = first.some((layer) => SCALES_INSIDE.has(layer.type));
	return inside
		? { preprocess: PREPROCESS_PRESETS.raw, from: "model" }
		: { preprocess: PREPROCESS_PRESETS.unit, from: "guess" };
}
