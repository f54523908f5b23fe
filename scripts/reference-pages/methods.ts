import { describeMethods } from "../../src/core/methods/run-method";
import type { MethodDescription } from "../../src/shared/methods";
import costs from "./costs.json";
import { capitalised, cell, NOTE, parameterTable } from "./text";

/** Examples that go through the model for one picture, as the pre-flight counts them. `npm run docs:pictures` writes them. */
const COSTS: Readonly<Record<string, { readonly forward: number; readonly backward: number }>> = costs;

export function methodsPage(): string {
	const methods = describeMethods();
	const families = [...new Set(methods.map((method) => method.family))];
	const lines = [
		NOTE,
		"# Methods",
		"",
		"The pictures show the methods, with their defaults, on a star with a watermark by which the [samples](../samples/README.md)' model knows it; how well each finds it is in [ground truth](ground-truth.md). Cost is what the defaults take for a picture of 64 x 64.",
		"",
		"Each method explains any [unit](unit-addresses.md) of any layer. What the numbers mean where tools differ is in [conventions](conventions.md).",
		"",
		"| method | answers |",
		"|---|---|",
		...methods.map((method) => `| [${method.title}](#${method.id}) | ${cell(method.answers)} |`),
	];
	for (const family of families) {
		lines.push("", `## ${capitalised(family)}`);
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
		...(method.needs.attention ? [] : [`- Cost: ${costOf(method.id)}`]),
		...parameterTable(method.parameters),
		// The samples hold no transformer.
		...(method.needs.attention ? [] : ["", `![${method.title}](pictures/${method.id}.png)`]),
	];
}

function costOf(id: string): string {
	const cost = COSTS[id];
	if (!cost) throw new Error(`${id} has no cost: npm run docs:pictures measures it`);
	const passes = (count: number, kind: string) =>
		count > 0 ? [`${count} ${count === 1 ? "pass" : "passes"} ${kind}`] : [];
	const all = [...passes(cost.forward, "forwards"), ...passes(cost.backward, "forwards and backwards")];
	return all.join(", ") || "none: weights are read";
}
