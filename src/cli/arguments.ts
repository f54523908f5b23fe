import { parseArgs } from "node:util";
import { LaminaError } from "../shared/errors";

export interface OptionSpec {
	readonly help: string;
	/** What stands for the value in the help; absent: the option is a switch. */
	readonly value?: string;
	/** May be given several times. */
	readonly repeated?: boolean;
	/** Takes all words up to the next option: `--input a.png b.png`. */
	readonly several?: boolean;
	readonly choices?: readonly string[];
	readonly required?: boolean;
}

export interface CommandSpec {
	readonly name: string;
	/** One line for the list of commands. */
	readonly summary: string;
	/** Names of the words that must follow, in order. */
	readonly words: readonly string[];
	readonly options: Readonly<Record<string, OptionSpec>>;
	/** Paragraphs below the options. */
	readonly notes?: readonly string[];
	readonly examples: readonly string[];
}

/** The words and options of a call, checked against the command. */
export interface Arguments {
	readonly words: readonly string[];
	/** The value, or undefined when the option is not given. */
	text(option: string): string | undefined;
	list(option: string): readonly string[];
	flag(option: string): boolean;
}

/** The call itself is wrong. */
export class UsageError extends LaminaError {
	constructor(message: string, hint?: string) {
		super({ code: "usage", message, ...(hint && { hint }) });
	}
}

/** What every command takes. */
const COMMON: Readonly<Record<string, OptionSpec>> = {
	json: { help: "Print the result, or the error, as JSON." },
	help: { help: "Show this help." },
};

/**
 * Parses the words after the command's name.
 * @param suggest makes a hint for a name that is not known
 * @throws UsageError
 */
export function parseArguments(
	command: CommandSpec,
	args: readonly string[],
	suggest: (name: string, known: readonly string[], fallback: string) => string,
): Arguments {
	const options = { ...command.options, ...COMMON };
	const help = `lamina ${command.name} --help tells what there is.`;
	const config = Object.fromEntries(
		Object.entries(options).map(([name, option]) => [
			name,
			{ type: option.value ? ("string" as const) : ("boolean" as const), multiple: true },
		]),
	);
	const { tokens } = parseArgs({
		args: [...args],
		options: { ...config, h: { type: "boolean" } },
		strict: false,
		allowPositionals: true,
		tokens: true,
	});
	const words: string[] = [];
	const values = new Map<string, string[]>();
	let open: string[] | undefined;
	for (const token of tokens) {
		if (token.kind === "option-terminator") {
			open = undefined;
		} else if (token.kind === "positional") {
			(open ?? words).push(token.value);
		} else {
			const name = token.name === "h" ? "help" : token.name;
			const option = Object.hasOwn(options, name) ? options[name] : undefined;
			if (!option) {
				const known = Object.keys(options).map((known) => `--${known}`);
				throw new UsageError(
					`There is no option ${token.rawName} for ${command.name}.`,
					suggest(`--${name}`, known, help),
				);
			}
			if (!option.value && token.value !== undefined)
				throw new UsageError(`The option --${name} takes no value.`, help);
			if (option.value && (token.value === undefined || (!token.inlineValue && token.value.startsWith("--")))) {
				throw new UsageError(`The option --${name} needs a value: --${name} ${option.value}.`, help);
			}
			const given = values.get(name) ?? [];
			values.set(name, given);
			if (given.length > 0 && option.value && !option.repeated && !option.several) {
				throw new UsageError(`The option --${name} is given more than once.`, help);
			}
			given.push(token.value ?? "");
			open = option.several ? given : undefined;
		}
	}
	if (!values.has("help")) {
		giveBack(command, words, values);
		check(command, words, values, help, suggest);
	}
	return {
		words,
		text: (option) => values.get(option)?.at(-1),
		list: (option) => values.get(option) ?? [],
		flag: (option) => values.has(option),
	};
}

/** `lamina predict --input a.png MODEL`: words that an option with several values has swallowed. */
function giveBack(command: CommandSpec, words: string[], values: ReadonlyMap<string, string[]>): void {
	for (const [name, option] of Object.entries(command.options)) {
		const given = values.get(name);
		while (option.several && given && given.length > 1 && words.length < command.words.length) words.push(given.pop()!);
	}
}

function check(
	command: CommandSpec,
	words: readonly string[],
	values: ReadonlyMap<string, readonly string[]>,
	help: string,
	suggest: (name: string, known: readonly string[], fallback: string) => string,
): void {
	const missing = command.words[words.length];
	if (missing) throw new UsageError(`${missing} is missing: lamina ${command.name} ${command.words.join(" ")}.`, help);
	if (words.length > command.words.length) {
		const extra = words.slice(command.words.length).join(" ");
		throw new UsageError(
			`lamina ${command.name} takes ${command.words.join(" ") || "no words"}; "${extra}" is too much.`,
			help,
		);
	}
	for (const [name, option] of Object.entries(command.options)) {
		const given = values.get(name);
		if (option.required && !given)
			throw new UsageError(`--${name} ${option.value ?? ""} is missing.`.replace(" is", " is"), help);
		for (const value of given ?? []) {
			if (option.choices && !option.choices.includes(value)) {
				throw new UsageError(
					`--${name} is "${value}"; one of ${option.choices.join(", ")} is expected.`,
					suggest(value, option.choices, help),
				);
			}
		}
	}
}

/** A whole number of an option. @throws UsageError */
export function wholeNumber(args: Arguments, option: string, fallback: number, least: number): number {
	const text = args.text(option);
	if (text === undefined) return fallback;
	const value = Number(text);
	if (text.trim() === "" || !Number.isSafeInteger(value) || value < least) {
		throw new UsageError(`--${option} is "${text}"; a whole number from ${least} is expected.`);
	}
	return value;
}

/** The help of a command. */
export function helpOf(command: CommandSpec): string {
	const options = Object.entries({ ...command.options, ...COMMON }).map(([name, option]): [string, string] => {
		const value = option.value ? ` ${option.value}${option.several ? "..." : ""}` : "";
		const facts = [
			...(option.choices ? [`one of ${option.choices.join(", ")}`] : []),
			...(option.repeated ? ["may be repeated"] : []),
			...(option.required ? ["required"] : []),
		];
		return [`--${name}${value}`, facts.length > 0 ? `${option.help} (${facts.join("; ")})` : option.help];
	});
	const lines = [
		command.summary,
		"",
		`Usage: lamina ${[command.name, ...command.words].join(" ")} [options]`,
		"",
		"Options:",
		...columns(options),
	];
	if (command.notes) lines.push("", ...command.notes);
	return [...lines, "", "Examples:", ...command.examples.map((example) => `  ${example}`), ""].join("\n");
}

/** Two columns, the second wrapped at 100 characters. */
export function columns(rows: readonly (readonly [string, string])[]): string[] {
	const width = Math.min(30, Math.max(...rows.map(([left]) => left.length)));
	return rows.flatMap(([left, right]) => {
		const lines: string[] = [];
		let line = "";
		for (const word of right.split(" ")) {
			if (line && line.length + 1 + word.length > 96 - width) {
				lines.push(line);
				line = word;
			} else line = line ? `${line} ${word}` : word;
		}
		lines.push(line);
		const first = left.length > width ? [`  ${left}`] : [];
		return [
			...first,
			...lines.map((text, i) => `  ${(i === 0 && first.length === 0 ? left : "").padEnd(width)}  ${text}`),
		];
	});
}
