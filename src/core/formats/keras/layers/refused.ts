import type { LayerTranslator } from "../translator";

const refused = (classes: readonly string[], reason: string, hint?: string): LayerTranslator => ({
	classes,
	translate: (ctx) => ctx.unsupported(`${ctx.className} ${ctx.name}: ${reason}`, hint),
});

/** Layers that are known and not computed, each with the reason. */
export const refusedLayers: readonly LayerTranslator[] = [
	refused(
		["Lambda"],
		"it holds Python code, and nothing that came in a file is executed.",
		"Save the model with a built-in layer or keras.ops in its place.",
	),
	refused(
		["StringLookup", "TextVectorization", "Hashing", "HashedCrossing"],
		"layers that work on text or hashes are not computed.",
		"Give the model the numbers that this layer makes, by a model that starts behind it.",
	),
];
