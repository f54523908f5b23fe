import { CancelledError, LaminaError } from "../shared/errors";
import { VERSION } from "../shared/version";
import { columns, helpOf, parseArguments, UsageError } from "./arguments";
import { COMMANDS, COMPUTING } from "./commands";
import { isChild, supervise } from "./supervise";
import { Terminal } from "./terminal";

async function overview(): Promise<string> {
	const commands = await Promise.all(Object.values(COMMANDS).map((load) => load()));
	return [
		"Look inside neural networks: what each part has learned, and why they decide as they do.",
		"",
		"Usage: lamina COMMAND [options]",
		"",
		"Commands:",
		...columns(commands.map(({ name, summary }) => [name, summary] as const)),
		"",
		"lamina COMMAND --help tells more. lamina --version tells the version.",
		"Exit codes: 0 done, 2 wrong call, 3 the file cannot be read, 4 not supported, 5 the computation failed, 130 cancelled.",
		"",
	].join("\n");
}

/** Edit distance and all: loaded when somebody has mistyped. */
async function suggestions(): Promise<(name: string, known: readonly string[], fallback: string) => string> {
	const { didYouMean } = await import("../core/units/nearest");
	return (name, known, fallback) => `${didYouMean(name, known, fallback)}`;
}

async function call(args: readonly string[], terminal: Terminal, signal: AbortSignal): Promise<void> {
	const [name, ...rest] = args;
	if (name === "--version" || name === "-v") return terminal.print(VERSION);
	if (name === undefined || name === "--help" || name === "-h" || (name === "help" && rest.length === 0))
		return terminal.print(await overview());
	const wanted = name === "help" ? rest[0]! : name;
	const suggest = await suggestions();
	const load = Object.hasOwn(COMMANDS, wanted) ? COMMANDS[wanted] : undefined;
	if (!load)
		throw new UsageError(
			`There is no command "${wanted}".`,
			suggest(wanted, Object.keys(COMMANDS), "lamina --help lists the commands."),
		);
	const command = await load();
	if (name === "help") return terminal.print(helpOf(command));
	const parsed = parseArguments(command, rest, suggest);
	if (parsed.flag("help")) return terminal.print(helpOf(command));
	await command.run(parsed, terminal, signal);
}

async function main(): Promise<void> {
	const args = process.argv.slice(2);
	const terminal = new Terminal(args.includes("--json"));
	if (COMPUTING.has(args[0] ?? "") && !isChild() && !args.includes("--help") && !args.includes("-h")) {
		process.exitCode = await supervise(args, terminal);
		return;
	}
	const controller = new AbortController();
	for (const name of ["SIGINT", "SIGTERM"] as const) {
		process.once(name, () => {
			// Results are written whole at the very end, so that nothing half-done is left behind.
			controller.abort(new CancelledError());
			process.exit(terminal.fail(new CancelledError().toData()));
		});
	}
	// Whoever reads has gone away: `lamina methods | head`.
	process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 5));
	try {
		await call(args, terminal, controller.signal);
		terminal.clearProgress();
	} catch (error) {
		process.exitCode = terminal.fail(LaminaError.from(error));
	}
	// The native library keeps threads; nothing is left to do.
	if (process.stdout.writableLength === 0) process.exit();
	process.stdout.once("drain", () => process.exit());
}

void main();
