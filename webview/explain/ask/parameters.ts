import type { MethodDescription, ParameterDescription, ParameterValue } from "../../../src/shared/methods";

export type Checked = { value: ParameterValue } | { problem: string };

/** What was typed as the value of a parameter, or what is wrong with it in one sentence. */
export function checkParameter(description: ParameterDescription, text: string | boolean): Checked {
	switch (description.type) {
		case "boolean":
			return { value: text === true || text === "true" };
		case "text":
		case "file":
			return { value: String(text) };
		case "choice": {
			const choice = String(text);
			return description.choices.includes(choice) || (description.other !== undefined && choice.trim().startsWith("{"))
				? { value: choice }
				: {
						problem: `One of ${description.choices.join(", ")}${description.other ? `, or ${description.other}` : ""}.`,
					};
		}
		case "integer":
		case "number": {
			const typed = String(text).trim().replace(",", ".");
			const number = typed === "" ? Number.NaN : Number(typed);
			const whole = description.type === "integer";
			if (!Number.isFinite(number))
				return { problem: `${whole ? "A whole number" : "A number"}${rangeOf(description)}.` };
			if (whole && !Number.isInteger(number)) return { problem: `A whole number${rangeOf(description)}.` };
			const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = description;
			if (number < min || number > max)
				return { problem: `${whole ? "A whole number" : "A number"}${rangeOf(description)}.` };
			return { value: number };
		}
	}
}

function rangeOf({ min, max }: { min?: number; max?: number }): string {
	if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
	if (min !== undefined) return ` of ${min} or more`;
	return max === undefined ? "" : ` of ${max} or less`;
}

/** `n_steps` as people write it: `n steps`. */
export const parameterTitle = ({ name, ...rest }: ParameterDescription): string =>
	`${name.replaceAll("_", " ")}${"unit" in rest && rest.unit ? ` (${rest.unit})` : ""}`;

/** Parameters that differ from their defaults: what a request has to carry, and what a card has to tell. */
export function changedParameters(
	method: MethodDescription,
	values: Readonly<Record<string, ParameterValue>>,
): Record<string, ParameterValue> {
	const changed: Record<string, ParameterValue> = {};
	for (const { name, default: usual } of method.parameters) {
		const value = values[name];
		if (value !== undefined && value !== usual) changed[name] = value;
	}
	return changed;
}

export const describeParameters = (values: Readonly<Record<string, ParameterValue>>): string =>
	Object.entries(values)
		.map(([name, value]) => `${name} = ${value === "" ? '""' : value}`)
		.join(", ");
