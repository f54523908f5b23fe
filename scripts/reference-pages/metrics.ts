import { describeMetrics } from "../../src/core/metrics/run-metric";
import type { MetricDescription } from "../../src/shared/metrics";
import { capitalised, cell, NOTE, parameterTable } from "./text";

export function metricsPage(): string {
	const metrics = describeMetrics();
	const families = [...new Set(metrics.map(({ family }) => family))];
	const lines = [
		NOTE,
		"# Metrics",
		"",
		"What a map is worth, in numbers: `lamina evaluate METHODS MODEL --metric NAME`, or the trust strip below a map. No metric tells the truth by itself; what the numbers mean where tools differ is in [conventions](conventions.md#metrics). In the formulas a is the map, x the input, f the unit.",
		"",
		"| metric | answers | better |",
		"|---|---|---|",
		...metrics.map(({ id, title, answers, better }) => `| [${title}](#${id}) | ${cell(answers)} | ${better} |`),
	];
	for (const family of families) {
		lines.push("", `## ${capitalised(family)}`);
		for (const metric of metrics.filter((candidate) => candidate.family === family))
			lines.push(...metricSection(metric));
	}
	return `${lines.join("\n")}\n`;
}

function metricSection({
	id,
	title,
	answers,
	formula,
	paper,
	reference,
	better,
	needs,
	usesSeed,
	parameters,
}: MetricDescription) {
	const needed = [
		...(needs.mask ? ["a mask of what the unit should look at"] : []),
		...(needs.examples ? ["several examples"] : []),
		...(needs.method ? ["the method itself, for it explains again"] : []),
	];
	return [
		"",
		`### ${id}`,
		"",
		`**${title}.** ${answers}`,
		"",
		`    ${formula}`,
		"",
		`- Better: ${better}`,
		`- Needs: ${needed.join(" and ") || "the map and the model"}${usesSeed ? "; draws random numbers by the seed" : ""}`,
		`- Paper: ${paper}`,
		`- Agrees with: ${reference}`,
		...parameterTable(parameters),
	];
}
