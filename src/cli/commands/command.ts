import type { Arguments, CommandSpec } from "../arguments";
import type { Terminal } from "../terminal";

/** One command: one file here and a line in the registry. */
export interface Command extends CommandSpec {
	/** @throws LaminaError, whose code decides the exit code */
	run(args: Arguments, terminal: Terminal, signal: AbortSignal): Promise<void>;
}
