import { spawn } from "node:child_process";

const running = new Set();

// Programs run in process groups of their own, which Ctrl+C does not reach.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
	process.once(signal, () => {
		for (const child of running) endGroup(child);
		process.exit(130);
	});
}

/** A program started in its own process group (`detached`) ends when this script does. */
export function endWithThis(child) {
	running.add(child);
	child.once("exit", () => running.delete(child));
	return child;
}

/**
 * Runs a program and collects its output. Never throws: look at `ok`, and show `output` when it is false.
 * `timeout` in milliseconds; a program that outlives it is ended with its children.
 */
export function run(command, args, { cwd, env, timeout, onLine } = {}) {
	return new Promise((resolve) => {
		const child = spawn(command, args, {
			cwd,
			env: { ...process.env, ...env },
			stdio: ["ignore", "pipe", "pipe"],
			detached: process.platform !== "win32",
			shell: process.platform === "win32" && /^(npm|npx|code)$/.test(command),
		});
		running.add(child);
		let output = "";
		let stdout = "";
		let pending = "";
		let timedOut = false;
		const timer =
			timeout &&
			setTimeout(() => {
				timedOut = true;
				endGroup(child);
			}, timeout);
		const collect = (chunk) => {
			output = (output + chunk).slice(-200_000);
			if (!onLine) return;
			const lines = (pending + chunk).split("\n");
			pending = lines.pop();
			for (const line of lines) onLine(line);
		};
		child.stdout.setEncoding("utf8").on("data", (chunk) => {
			stdout += chunk;
			collect(chunk);
		});
		child.stderr.setEncoding("utf8").on("data", collect);
		child.on("error", (error) => {
			clearTimeout(timer);
			running.delete(child);
			resolve({ ok: false, code: null, signal: null, stdout, output: `${command}: ${error.message}`, timedOut });
		});
		child.on("close", (code, signal) => {
			clearTimeout(timer);
			running.delete(child);
			if (onLine && pending) onLine(pending);
			resolve({ ok: code === 0, code, signal, stdout, output, timedOut });
		});
	});
}

export function endGroup(child) {
	try {
		if (process.platform === "win32") child.kill();
		else process.kill(-child.pid, "SIGKILL");
	} catch {
		// It has ended by itself.
	}
}

export async function has(command, args = ["--version"]) {
	return (await run(command, args, { timeout: 20_000 })).ok;
}

/** The last lines of a program's output: enough to see why it failed. */
export function tail(output, lines = 15) {
	return output.trimEnd().split("\n").slice(-lines).join("\n");
}

/** Whether a host answers at all. Quick behind a firewall, so that a long download is not waited for in vain. */
export async function reachable(url, timeout = 5_000) {
	try {
		await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(timeout) });
		return true;
	} catch {
		return false;
	}
}
