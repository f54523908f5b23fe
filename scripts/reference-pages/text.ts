import type { ParameterDescription } from "../../src/shared/methods";

export const NOTE = "<!-- Generated from the registries by `npm run docs`. -->";

/** Text in a cell of a table. */
export const cell = (text: string): string => text.replaceAll("|", "\\|");

export const capitalised = (text: string): string => `${text[0]?.toUpperCase() ?? ""}${text.slice(1)}`;

/** Lines of a table of parameters; none where there are no parameters. */
export function parameterTable(parameters: readonly ParameterDescription[]): string[] {
	return parameters.length === 0
		? []
		: ["", "| parameter | default | |", "|---|---|---|", ...parameters.map(parameterRow)];
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
