import { describeMetrics } from "../../core/metrics/run-metric";
import { columns } from "../arguments";
import type { Command } from "./command";

export const metrics: Command = {
	name: "metrics",
	summary: "List the metrics of explanations, with their parameters.",
	words: [],
	options: {},
	notes: [],
	examples: ["lamina metrics --json"],
	async run(_args, terminal) {
		const described = describeMetrics();
		if (terminal.json) {
			terminal.printJson(described);
			return;
		}
		for (const { id, title, answers, better, parameters } of described) {
			terminal.print(`${id}: ${title}${better === "neither" ? "" : ` (${better} is better)`}`);
			terminal.print(`  ${answers}`);
			for (const line of columns(
				parameters.map(({ name, help, default: value }) => [`${name}=${value}`, help] as const),
			))
				terminal.print(`  ${line}`);
		}
	},
};
