import { type Json, TextPlaceError } from "./json";

/** Names of layers: one by one, with * and ? for any characters, or /a regular expression/. */
export interface LayerPattern {
	readonly at: number;
	readonly pattern: string;
	fits(name: string): boolean;
}

/** @throws TextPlaceError where it is no text, or no regular expression */
export function layerPattern(text: string, json: Json): LayerPattern {
	if (json.kind !== "value" || typeof json.value !== "string" || json.value === "")
		throw new TextPlaceError("the name of a layer was expected", text, json.at, "conv1, block1_*, or /^block[12]_/.");
	const pattern = json.value;
	const between = /^\/(.*)\/$/.exec(pattern)?.[1];
	const expression = between === undefined ? globExpression(pattern) : regularExpression(text, json.at, between);
	return { at: json.at, pattern, fits: (name) => expression.test(name) };
}

/** The whole name; other characters than * and ? stand for themselves. */
function globExpression(pattern: string): RegExp {
	const parts = [...pattern].map((character) => {
		if (character === "*") return ".*";
		return character === "?" ? "." : character.replace(/[\\^$.|+()[\]{}/-]/, "\\$&");
	});
	return new RegExp(`^${parts.join("")}$`, "u");
}

function regularExpression(text: string, at: number, source: string): RegExp {
	try {
		return new RegExp(source, "u");
	} catch (cause) {
		throw new TextPlaceError(
			`this is no regular expression: ${cause instanceof Error ? cause.message : cause}`,
			text,
			at,
			"Without slashes it is a plain name, with * and ? for any characters.",
		);
	}
}
