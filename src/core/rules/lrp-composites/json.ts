import { InvalidRequestError } from "../../../shared/errors";

/** JSON that knows where each value stands, so that an error can point at it. */
export type Json =
	| { readonly kind: "object"; readonly at: number; readonly entries: readonly JsonEntry[] }
	| { readonly kind: "array"; readonly at: number; readonly items: readonly Json[] }
	| { readonly kind: "value"; readonly at: number; readonly value: string | number | boolean | null };

export interface JsonEntry {
	readonly key: string;
	/** Where the key stands. */
	readonly at: number;
	readonly value: Json;
}

/** What is wrong with a text, with the line and a caret below the character. */
export class TextPlaceError extends InvalidRequestError {
	/** @param position of the character at fault, 0 the first */
	constructor(message: string, text: string, position: number, hint?: string) {
		const before = text.slice(0, position).split("\n");
		const column = (before.at(-1) ?? "").length;
		const line = text.split("\n")[before.length - 1] ?? "";
		// A long line is shown around the place.
		const from = Math.max(0, column - 60);
		const shown = line.slice(from, from + 100).replaceAll("\t", " ");
		const caret = `${" ".repeat(column - from)}^`;
		super(`${message} (line ${before.length}, column ${column + 1})`, `${shown}\n${caret}`, hint);
	}
}

/** @throws TextPlaceError where the text is no JSON, or names a key twice */
export function parseJson(text: string): Json {
	const reader = new Reader(text);
	const value = reader.value();
	reader.space();
	if (reader.position < text.length) reader.fail("something follows the end of the JSON");
	return value;
}

/** Nesting that no composite needs. */
const DEEPEST = 20;

class Reader {
	position = 0;
	private depth = 0;

	constructor(readonly text: string) {}

	value(): Json {
		this.space();
		const at = this.position;
		const next = this.text[at];
		if (next === "{" || next === "[") {
			if (++this.depth > DEEPEST) this.fail(`more than ${DEEPEST} levels`);
			const made: Json =
				next === "{" ? { kind: "object", at, entries: this.entries() } : { kind: "array", at, items: this.items() };
			this.depth--;
			return made;
		}
		if (next === '"') return { kind: "value", at, value: this.string() };
		const word = /^(?:true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])/.exec(
			this.text.slice(at, at + 64),
		)?.[0];
		if (word === undefined) this.fail(next === undefined ? "the JSON ends too early" : "a value was expected");
		this.position += word.length;
		return { kind: "value", at, value: JSON.parse(word) as number | boolean | null };
	}

	space(): void {
		while (/\s/.test(this.text[this.position] ?? "")) this.position++;
	}

	fail(message: string, position = this.position): never {
		throw new TextPlaceError(message, this.text, position);
	}

	private entries(): JsonEntry[] {
		const entries: JsonEntry[] = [];
		this.list("}", () => {
			const at = this.position;
			if (this.text[at] !== '"') this.fail("a name in double quotes was expected");
			const key = this.string();
			if (entries.some((entry) => entry.key === key)) this.fail(`"${key}" is there twice`, at);
			this.space();
			if (this.text[this.position] !== ":") this.fail("a colon was expected");
			this.position++;
			entries.push({ key, at, value: this.value() });
		});
		return entries;
	}

	private items(): Json[] {
		const items: Json[] = [];
		this.list("]", () => items.push(this.value()));
		return items;
	}

	/** What stands between brackets, with commas in between. The opening one is the next character. */
	private list(close: "}" | "]", one: () => void): void {
		this.position++;
		this.space();
		if (this.text[this.position] === close) {
			this.position++;
			return;
		}
		for (;;) {
			this.space();
			one();
			this.space();
			const next = this.text[this.position];
			if (next !== "," && next !== close) this.fail(`a comma or ${close} was expected`);
			this.position++;
			if (next === close) return;
		}
	}

	private string(): string {
		const found = /^"(?:[^"\\\n]|\\.)*"/.exec(this.text.slice(this.position))?.[0];
		if (found === undefined) this.fail("the double quote is not closed");
		try {
			const value = JSON.parse(found) as string;
			this.position += found.length;
			return value;
		} catch {
			return this.fail("the text between the quotes has an unknown escape");
		}
	}
}
