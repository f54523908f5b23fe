import { UnreadableFileError } from "../../shared/errors";
import type { Attr } from "../graph/types";

const NOT_A_NUMBER = "\u0000NaN";
const MAX_DEPTH = 256;

/**
 * JSON as Python writes it: `NaN`, `Infinity` and `-Infinity` are numbers.
 * @throws UnreadableFileError saying what is wrong and where in the text
 */
export function parseJson(text: string, where: string): Attr {
	let value: Attr;
	try {
		value = JSON.parse(text) as Attr;
	} catch {
		value = parsePythonJson(text, where);
	}
	checkDepth(value, where);
	return value;
}

function parsePythonJson(text: string, where: string): Attr {
	const words: Readonly<Record<string, string>> = {
		NaN: JSON.stringify(NOT_A_NUMBER),
		Infinity: "1e999",
		"-Infinity": "-1e999",
	};
	const strict = text.replace(/"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/gs, (token) => words[token] ?? token);
	try {
		return JSON.parse(strict, (_, value) => (value === NOT_A_NUMBER ? Number.NaN : value)) as Attr;
	} catch (cause) {
		const reason = cause instanceof Error ? cause.message.replace(/\s+/g, " ").slice(0, 160) : String(cause);
		throw new UnreadableFileError(
			`The JSON text is damaged or cut off: ${reason}.`,
			where,
			"Copy or download the file again.",
			{ cause },
		);
	}
}

/** Everything that walks configurations may then recurse. */
function checkDepth(value: Attr, where: string): void {
	const stack: { value: Attr; depth: number }[] = [{ value, depth: 0 }];
	for (let next = stack.pop(); next; next = stack.pop()) {
		if (typeof next.value !== "object" || next.value === null) continue;
		if (next.depth > MAX_DEPTH)
			throw new UnreadableFileError(`The JSON text is nested more than ${MAX_DEPTH} levels deep: no model is.`, where);
		const depth = next.depth + 1;
		for (const inner of Object.values(next.value)) stack.push({ value: inner as Attr, depth });
	}
}

export type JsonObject = Readonly<Record<string, Attr>>;

export function isObject(value: Attr): value is JsonObject {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isArray(value: Attr): value is readonly Attr[] {
	return Array.isArray(value);
}

/** An own member: names in files may be `constructor`. */
export function member(value: Attr, name: string): Attr {
	return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

export function textMember(value: Attr, name: string): string | undefined {
	const found = member(value, name);
	return typeof found === "string" ? found : undefined;
}
