/**
 * The pages of docs/ that come from the registries. `npm run docs` writes them; a unit test holds them to the registries.
 */

import { layerTranslators } from "../src/core/formats/keras/layers";
import { kerasOperations } from "../src/core/formats/keras/layers/operations/keras-ops";
import { tensorflowOperations } from "../src/core/formats/keras/layers/operations/tensorflow-ops";
import { refusedLayers } from "../src/core/formats/keras/layers/refused";
import type { LayerTranslator } from "../src/core/formats/keras/translator";
import { operatorNames } from "../src/core/formats/onnx/operators";
import { formats } from "../src/core/formats/registry";
import { describeMethods } from "../src/core/methods/run-method";
import type { MethodDescription, ParameterDescription } from "../src/shared/methods";

const NOTE = "<!-- Generated from the registries by `npm run docs`. -->";

/** File name in docs/ and its text. */
export function referencePages(): Record<string, string> {
	return { "methods.md": methodsPage(), "formats.md": formatsPage() };
}

function methodsPage(): string {
	const methods = describeMethods();
	const families = [...new Set(methods.map((method) => method.family))];
	const lines = [
		NOTE,
		"# Methods",
		"",
		"Each method explains any [unit](unit-addresses.md) of any layer. What the numbers mean where tools differ is in [conventions](conventions.md).",
		"",
		"| method | answers |",
		"|---|---|",
		...methods.map((method) => `| [${method.title}](#${method.id}) | ${cell(method.answers)} |`),
	];
	for (const family of families) {
		lines.push("", `## ${family[0]?.toUpperCase()}${family.slice(1)}`);
		for (const method of methods.filter((candidate) => candidate.family === family))
			lines.push(...methodSection(method));
	}
	return `${lines.join("\n")}\n`;
}

function methodSection(method: MethodDescription): string[] {
	const places = {
		input: "the input, or any layer",
		"last-spatial": "the last layer with spatial axes, or any other",
		required: "the layer that is named",
		none: "the input",
	};
	return [
		"",
		`### ${method.id}`,
		"",
		`**${method.title}.** ${method.answers}`,
		"",
		...(method.formula ? [`    ${method.formula}`, ""] : []),
		`- Paper: ${method.paper}`,
		`- Agrees with: ${method.reference}`,
		`- Map at: ${places[method.at]}`,
		`- Completeness: ${method.promisesCompleteness ? "promised; every result tells the gap" : "not promised"}`,
		...(method.parameters.length > 0
			? ["", "| parameter | default | |", "|---|---|---|", ...method.parameters.map(parameterRow)]
			: []),
	];
}

function parameterRow(parameter: ParameterDescription): string {
	const range =
		parameter.type === "choice"
			? ` One of ${parameter.choices.map((choice) => `\`${choice}\``).join(", ")}${parameter.other ? `, or ${parameter.other}` : ""}.`
			: "min" in parameter && parameter.min !== undefined
				? ` From ${parameter.min}${parameter.max === undefined ? "" : ` to ${parameter.max}`}.`
				: "";
	return `| \`${parameter.name}\` | \`${parameter.default}\` | ${cell(parameter.help + range)} |`;
}

function formatsPage(): string {
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

const cell = (text: string) => text.replaceAll("|", "\\|");
