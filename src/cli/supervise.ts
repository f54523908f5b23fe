import { spawn } from "node:child_process";
import { CancelledError, type LaminaErrorData } from "../shared/errors";
import type { Terminal } from "./terminal";

/** Tells the child that it is one, and whether its standard error ends on a screen; see ./terminal. */
const CHILD = "LAMINA_CLI_CHILD";

export const isChild = () => process.env[CHILD] !== undefined;

/** What TensorFlow, Abseil and oneDNN log on their own; there is no switch for it. */
const NATIVE_LOG =
	/^(WARNING: All log messages before absl|[IWEF]\d{4} [\d:.]+\s+\d+ \S+:\d+\]|\d{4}-\d\d-\d\d [\d:.]+: [IWEF] )/;

/** How many lines of the native log are kept for the day the process is aborted. */
const KEPT = 3;

/**
 * Runs the same call in a process of its own. A run of the native engine blocks its process and can abort it; so Ctrl+C
 * works at once, an abort becomes one clear error, and the library's own log stays off standard error.
 * @returns the exit code
 */
export function supervise(args: readonly string[], terminal: Terminal): Promise<number> {
	const child = spawn(process.execPath, [...process.execArgv, process.argv[1]!, ...args], {
		stdio: ["inherit", "inherit", "pipe"],
		env: { ...process.env, [CHILD]: process.stderr.isTTY ? "screen" : "pipe" },
	});
	const log: string[] = [];
	let rest = "";
	const pass = (text: string) => {
		rest += text;
		for (let end = rest.indexOf("\n"); end >= 0; end = rest.indexOf("\n")) {
			const line = rest.slice(0, end + 1);
			rest = rest.slice(end + 1);
			if (!NATIVE_LOG.test(line)) process.stderr.write(line);
			else if (log.push(line.trim()) > KEPT) log.shift();
		}
		// Progress has no line end and must not wait for one.
		if (rest.startsWith("\r")) {
			process.stderr.write(rest);
			rest = "";
		}
	};
	child.stderr.setEncoding("utf8").on("data", pass);
	return new Promise((resolve) => {
		let cancelled = false;
		for (const name of ["SIGINT", "SIGTERM"] as const) {
			process.on(name, () => {
				cancelled = true;
				child.kill("SIGKILL");
			});
		}
		child.once("error", (error) =>
			resolve(terminal.fail({ code: "failed", message: `The computing process does not start: ${error.message}` })),
		);
		child.once("close", (code, signal) => {
			process.stderr.write(rest);
			if (cancelled) resolve(terminal.fail(new CancelledError().toData()));
			else resolve(code ?? terminal.fail(abortOf(signal, log)));
		});
	});
}

function abortOf(signal: NodeJS.Signals | null, log: readonly string[]): LaminaErrorData {
	const last = [...log].reverse().find((line) => line.startsWith("F"));
	return {
		code: "failed",
		message: `The engine ended the computing process (${signal ?? "no reason"})${last ? `: ${last}` : "."}`,
		hint: "Try --engine wasm; if memory was short, give fewer inputs at once.",
	};
}
