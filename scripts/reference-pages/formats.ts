import { layerTranslators } from "../../src/core/formats/keras/layers";
import { kerasOperations } from "../../src/core/formats/keras/layers/operations/keras-ops";
import { tensorflowOperations } from "../../src/core/formats/keras/layers/operations/tensorflow-ops";
import { refusedLayers } from "../../src/core/formats/keras/layers/refused";
import type { LayerTranslator } from "../../src/core/formats/keras/translator";
import { operatorNames } from "../../src/core/formats/onnx/operators";
import { formats } from "../../src/core/formats/registry";
import { NOTE } from "./text";

export function formatsPage(): string {
	const names = (translators: readonly LayerTranslator[]) =>
		[...new Set(translators.flatMap((translator) => [...translator.classes]))].sort();
	const refused = names(refusedLayers);
	const kerasFunctions = names(kerasOperations);
	const tensorflowFunctions = names(tensorflowOperations);
	const others = new Set([...refused, ...kerasFunctions, ...tensorflowFunctions]);
	const section = (title: string, list: readonly string[]) => [
		"",
		`## ${title} (${list.length})`,
		"",
		list.map((name) => `\`${name}\``).join(", "),
	];
	return `${[
		NOTE,
		"# Formats",
		"",
		"A file is recognised by what is in it, not by its name. It is parsed, never executed; nothing is fetched.",
		"",
		"| format | usual names |",
		"|---|---|",
		...formats.map((format) => `| ${format.title} | ${format.extensions.map((name) => `\`${name}\``).join(", ")} |`),
		"",
		"A layer that is not computed is named with its place in the file; its weights, their statistics and every layer that does not depend on it still work. Layers that hold Python code (Lambda, registered custom classes) are never run.",
		...section(
			"Layers",
			names(layerTranslators).filter((name) => !others.has(name)),
		),
		...section("Functions of keras.ops in models", kerasFunctions),
		...section("TensorFlow functions in models", tensorflowFunctions),
		...section("Layers that are refused by name", refused),
		"",
		'Of ONNX, operator sets 7 to 24 and later ones are read; operators by their names, those of other domains as `domain.Name`. Integers of all sizes are computed as int32 (numbers outside are refused when the file is read, the ends of int64 stand for "to the end"), float16, bfloat16 and float64 as float32.',
		...section("ONNX operators", operatorNames()),
	].join("\n")}\n`;
}
