import { InvalidRequestError } from "../../shared/errors";
import type { ParameterDescription, ParameterValue } from "../../shared/methods";
import { didYouMean } from "../units/nearest";
import type { PreparedRequest } from "./method";

/**
 * Checks what was given against the descriptions and fills in what was not. Numbers and booleans may be given as text.
 * @throws InvalidRequestError naming the parameter, what was found and what was expected
 */
export function completeParameters(
	method: string,
	descriptions: readonly ParameterDescription[],
	given: Readonly<Record<string, ParameterValue>>,
): Record<string, ParameterValue> {
	const names = descriptions.map((description) => description.name);
	for (const name of Object.keys(given)) {
		if (names.includes(name)) continue;
		const known = names.length === 0 ? "It has no parameters." : `Its parameters are ${names.join(", ")}.`;
		throw new InvalidRequestError(
			`the method ${method} has no parameter "${name}"`,
			name,
			didYouMean(name, names, known),
		);
	}
	const complete: Record<string, ParameterValue> = {};
	for (const description of descriptions) {
		const value = given[description.name];
		complete[description.name] = value === undefined ? description.default : checkValue(description, value);
	}
	return complete;
}

function checkValue(description: ParameterDescription, value: ParameterValue): ParameterValue {
	const fail = (expected: string): never => {
		throw new InvalidRequestError(
			`the parameter ${description.name} is ${JSON.stringify(value)}, but ${expected} was expected`,
			description.name,
			description.help,
		);
	};
	switch (description.type) {
		case "integer":
		case "number": {
			const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = description;
			const range = `${min > Number.NEGATIVE_INFINITY ? ` from ${min}` : ""}${max < Number.POSITIVE_INFINITY ? ` up to ${max}` : ""}`;
			const kind = description.type === "integer" ? "a whole number" : "a number";
			const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
			if (
				typeof number !== "number" ||
				!Number.isFinite(number) ||
				(description.type === "integer" && !Number.isInteger(number))
			)
				return fail(`${kind}${range}`);
			return number < min || number > max ? fail(`${kind}${range}`) : number;
		}
		case "boolean":
			if (typeof value === "boolean") return value;
			return value === "true" || value === "false" ? value === "true" : fail("true or false");
		case "choice":
			return typeof value === "string" &&
				(description.choices.includes(value) || (description.other !== undefined && value.trim().startsWith("{")))
				? value
				: fail(`one of ${description.choices.join(", ")}${description.other ? `, or ${description.other}` : ""}`);
		case "text":
		case "file":
			return typeof value === "string" || typeof value === "number" ? String(value) : fail("text");
	}
}

/** Parameters of a prepared request, whose types the descriptions guarantee. */
export const numberOf = (request: PreparedRequest, name: string): number => typed(request, name, "number");
export const flagOf = (request: PreparedRequest, name: string): boolean => typed(request, name, "boolean");
export const textOf = (request: PreparedRequest, name: string): string => typed(request, name, "string");

interface Types {
	number: number;
	boolean: boolean;
	string: string;
}

function typed<Type extends keyof Types>(request: PreparedRequest, name: string, type: Type): Types[Type] {
	const value = request.parameters[name];
	if (typeof value !== type) throw new RangeError(`the method does not describe a parameter ${name} of type ${type}`);
	return value as Types[Type];
}
