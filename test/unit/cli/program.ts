import { execFileSync, spawn } from "node:child_process";
import path from "node:path";
import { projectRoot } from "../../support/environment";

export interface Outcome {
	code: number | null;
	out: string;
	err: string;
}

export function buildProgram(): void {
	execFileSync(process.execPath, ["esbuild.mjs", "cli"], { cwd: projectRoot, stdio: "pipe" });
}

/** Runs the command line in a folder; `whenRunning` may disturb it. */
export function runProgram(
	args: readonly string[],
	folder: string,
	whenRunning?: (kill: (signal: NodeJS.Signals) => void) => void,
): Promise<Outcome> {
	const child = spawn(process.execPath, [path.join(projectRoot, "dist/cli.js"), ...args], { cwd: folder });
	const outcome: Outcome = { code: null, out: "", err: "" };
	child.stdout.on("data", (text) => {
		outcome.out += text;
	});
	child.stderr.on("data", (text) => {
		outcome.err += text;
	});
	whenRunning?.((signal) => child.kill(signal));
	return new Promise((resolve) => child.once("close", (code) => resolve({ ...outcome, code })));
}
