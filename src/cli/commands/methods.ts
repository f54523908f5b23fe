import { describeMethods } from "../../core/methods/run-method";
import type { ParameterDescription } from "../../shared/methods";
import { columns } from "../arguments";
import type { Command } from "./command";

function parameterText(parameter: ParameterDescription): readonly [string, string] {
	const range = [
		"min" in parameter && parameter.min !== undefined ? `from ${parameter.min}` : "",
		"max" in parameter && parameter.max !== undefined ? `up to ${parameter.max}` : "",
		"unit" in parameter && parameter.unit ? parameter.unit : "",
		parameter.type === "choice"
			? `one of ${parameter.choices.join(", ")}${parameter.other ? `, or ${parameter.other}` : ""}`
			: "",
	].filter(Boolean);
	return [
		`${parameter.name}=${parameter.default}`,
		[parameter.help, ...(range.length > 0 ? [`(${range.join(" ")})`] : [])].join(" "),
	];
}

export const methods: Command = {
	name: "methods",
	summary: "List the methods, what each answers, and its parameters.",
	words: [],
	options: {},
	examples: ["lamina methods", "lamina methods --json | jq '.[].id'"],
	async run(_args, terminal) {
		const all = describeMethods();
		if (terminal.json) {
			terminal.printJson(all);
			return;
		}
		for (const method of all) {
			terminal.print(`${method.id}: ${method.answers}`);
			terminal.print(`  ${method.paper}`);
			for (const line of columns(method.parameters.map(parameterText))) terminal.print(`  ${line}`);
			terminal.print("");
		}
	},
};
