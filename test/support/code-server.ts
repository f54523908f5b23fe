import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { artifacts, fromSetup } from "./environment";

export interface CodeServerOptions {
	/** Installed before the server starts. */
	vsix?: string;
	/** Name of the log file in test/artifacts. */
	name: string;
	settings?: Record<string, unknown>;
	env?: Record<string, string>;
	/** A folder is not trusted until the user says so, as in VS Code; else every folder is. */
	workspaceTrust?: boolean;
}

/** A VS Code server with nothing in it but what a test asks for. */
export class CodeServer {
	private constructor(
		readonly port: number,
		readonly folder: string,
		private readonly child: ChildProcess,
	) {}

	get url(): string {
		return `http://127.0.0.1:${this.port}`;
	}

	static async start(options: CodeServerOptions): Promise<CodeServer> {
		const folder = mkdtempSync(path.join(tmpdir(), "lamina-editor-"));
		const trust = options.workspaceTrust ?? false;
		writeSettings(folder, { "security.workspace.trust.enabled": trust, ...options.settings });
		if (options.vsix) await codeServerCommand(folder, ["--install-extension", options.vsix]);
		const port = await freePort();
		mkdirSync(artifacts, { recursive: true });
		const log = createWriteStream(path.join(artifacts, `${options.name}.log`));
		const quiet = trust ? QUIET : [...QUIET, "--disable-workspace-trust"];
		const child = launch(folder, ["--auth", "none", "--bind-addr", `127.0.0.1:${port}`, ...quiet], options.env);
		child.stdout?.pipe(log);
		child.stderr?.pipe(log);
		const server = new CodeServer(port, folder, child);
		try {
			await server.untilReady();
		} catch (error) {
			await server.stop();
			throw error;
		}
		return server;
	}

	/** Lines of `id@version`, as `code --list-extensions --show-versions` prints them. */
	async extensions(): Promise<string[]> {
		const output = await codeServerCommand(this.folder, ["--list-extensions", "--show-versions"]);
		return output.split("\n").filter((line) => /^[\w-]+\.[\w-]+@/.test(line));
	}

	/** Ends the server with all its children and removes its folders. */
	async stop(): Promise<void> {
		const { child } = this;
		if (child.exitCode === null && child.signalCode === null) {
			const ended = new Promise((resolve) => child.once("exit", resolve));
			signal(child, "SIGTERM");
			await Promise.race([ended, sleep(5_000)]);
			signal(child, "SIGKILL");
		}
		rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
	}

	private async untilReady(): Promise<void> {
		const deadline = Date.now() + 60_000;
		while (Date.now() < deadline) {
			if (this.child.exitCode !== null) throw new Error(`code-server ended with ${this.child.exitCode}`);
			try {
				if ((await fetch(`${this.url}/healthz`)).ok) return;
			} catch {
				// Not listening yet.
			}
			await sleep(150);
		}
		throw new Error("code-server did not answer within a minute");
	}
}

const QUIET = ["--disable-telemetry", "--disable-update-check", "--disable-getting-started-override"];

const QUIET_SETTINGS = {
	"workbench.startupEditor": "none",
	"workbench.enableExperiments": false,
	"extensions.autoCheckUpdates": false,
	"extensions.autoUpdate": false,
	"extensions.ignoreRecommendations": true,
	"git.enabled": false,
	"telemetry.telemetryLevel": "off",
	"update.mode": "none",
	// Newer editors open a chat there.
	"workbench.secondarySideBar.defaultVisibility": "hidden",
	"workbench.editor.useModal": "off",
};

function writeSettings(folder: string, settings: Record<string, unknown> = {}): void {
	const user = path.join(folder, "data", "User");
	mkdirSync(user, { recursive: true });
	mkdirSync(path.join(folder, "extensions"), { recursive: true });
	writeFileSync(path.join(user, "settings.json"), JSON.stringify({ ...QUIET_SETTINGS, ...settings }, null, 2));
}

function launch(folder: string, args: string[], env?: Record<string, string>): ChildProcess {
	const entry = path.join(fromSetup("LAMINA_CODE_SERVER"), "out", "node", "entry.js");
	const folders = ["--user-data-dir", path.join(folder, "data"), "--extensions-dir", path.join(folder, "extensions")];
	// Variables of an editor in whose terminal the tests may have been started would lead the server astray.
	const inherited = Object.entries(process.env).filter(([name]) => !/^(VSCODE|ELECTRON|npm)_/.test(name));
	return spawn(fromSetup("LAMINA_CODE_SERVER_NODE"), [entry, ...folders, ...args], {
		env: { ...Object.fromEntries(inherited), ...env, CODE_SERVER_CONFIG: path.join(folder, "config.yaml") },
		stdio: ["ignore", "pipe", "pipe"],
		detached: true,
	});
}

async function codeServerCommand(folder: string, args: string[]): Promise<string> {
	const child = launch(folder, args);
	let output = "";
	child.stdout?.on("data", (chunk) => (output += chunk));
	child.stderr?.on("data", (chunk) => (output += chunk));
	const code = await new Promise((resolve) => child.once("close", resolve));
	if (code !== 0) throw new Error(`code-server ${args.join(" ")} ended with ${code}:\n${output}`);
	return output;
}

function signal(child: ChildProcess, name: NodeJS.Signals): void {
	try {
		if (child.pid) process.kill(-child.pid, name);
	} catch {
		// It has ended already.
	}
}

function freePort(): Promise<number> {
	return new Promise((resolve, reject) => {
		const probe = createServer();
		probe.once("error", reject);
		probe.listen(0, "127.0.0.1", () => {
			const address = probe.address();
			probe.close(() =>
				address && typeof address === "object" ? resolve(address.port) : reject(new Error("no port")),
			);
		});
	});
}
