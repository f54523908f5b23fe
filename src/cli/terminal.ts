import { EXIT_CODES, type LaminaErrorData } from "../shared/errors";

/** What a command prints with; progress and notices go to standard error. */
export class Terminal {
	private progressShown = false;

	constructor(
		/** Results, errors and nothing else go to standard output, as JSON. */
		readonly json: boolean,
		private readonly out: NodeJS.WriteStream = process.stdout,
		private readonly err: NodeJS.WriteStream = process.stderr,
		/** Somebody looks at standard error. */
		private readonly screen: boolean = process.stderr.isTTY || process.env.LAMINA_CLI_CHILD === "screen",
	) {}

	/** A line of the result. */
	print(text: string): void {
		this.clearProgress();
		this.out.write(`${text}\n`);
	}

	printJson(value: unknown): void {
		this.print(JSON.stringify(value, jsonValue, 2));
	}

	/** What the person should know; part of the result where that is JSON. */
	notice(text: string): void {
		if (this.json) return;
		this.clearProgress();
		this.err.write(`note: ${text}\n`);
	}

	/** @param share 0 to 1; shown only where somebody looks on */
	progress(share: number, what: string): void {
		if (!this.screen) return;
		const filled = Math.round(share * 24);
		this.err.write(
			`\r\u001b[2K${"█".repeat(filled)}${"░".repeat(24 - filled)} ${String(Math.round(share * 100)).padStart(3)} % ${what}`,
		);
		this.progressShown = true;
	}

	clearProgress(): void {
		if (!this.progressShown) return;
		this.err.write("\r\u001b[2K");
		this.progressShown = false;
	}

	/**
	 * Tells an error: one line and a hint on standard error; with JSON the object instead, on standard output for the
	 * program that reads it, and on standard error where that is not the same screen.
	 * @returns the exit code
	 */
	fail(error: LaminaErrorData): number {
		this.clearProgress();
		if (this.json) {
			const { code, message, where, hint } = error;
			const text = `${JSON.stringify({ error: { code, message, where: where ?? null, hint: hint ?? null } })}\n`;
			this.out.write(text);
			if (!(this.out.isTTY && this.screen)) this.err.write(text);
		} else {
			const message = error.message.replace(/\s*\n\s*/g, " ").replace(/\.$/, "");
			const lines = error.where?.split("\n") ?? [];
			const [place] = lines;
			// An address that is wrong has a second line, with a caret below the character.
			const caret = lines.length > 1 ? lines.map((line) => `  ${line}\n`).join("") : "";
			const where = !caret && place && !message.includes(place) ? ` (${place})` : "";
			const hint = error.hint ? `  hint: ${error.hint}\n` : "";
			this.err.write(`lamina: ${message}${where}\n${caret}${hint}`);
		}
		return EXIT_CODES[error.code];
	}
}

/** JSON has no NaN and no infinities: they are written as texts, which Python's float() and NumPy take back. */
function jsonValue(_key: string, value: unknown): unknown {
	return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}

/** Rows as a table: columns as wide as their longest cell, numbers to the right. */
export function table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
	const cells = [header, ...rows.map((row) => row.map(String))];
	const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
	const right = header.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === "number"));
	return cells.map((row) =>
		row
			.map((cell, column) => (right[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
			.join("  ")
			.trimEnd(),
	);
}

/** Four significant digits. */
export function short(value: number): string {
	if (!Number.isFinite(value)) return String(value);
	if (value === 0) return "0";
	const magnitude = Math.abs(value);
	return magnitude >= 1e6 || magnitude < 1e-4 ? value.toExponential(3) : String(Number(value.toPrecision(4)));
}
