// `npm start`: everything is set up, then samples/ opens in VS Code with Lamina in it. Where there is no `code` on the
// PATH, a VS Code in the browser is served from this checkout.

import { spawn } from "node:child_process";
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { installCodeServer } from "./code-server.mjs";
import { done, fail, note, plain, step } from "./log.mjs";
import { cache, root } from "./paths.mjs";
import { endGroup, endWithThis, has, run, tail } from "./run.mjs";
import { setUp } from "./setup.mjs";

const samples = path.join(root, "samples");
const home = path.join(cache, "start");
const PREFERRED_PORT = 8421;

/** Only for the first start: afterwards the settings are the user's. */
const FIRST_SETTINGS = {
	"workbench.startupEditor": "none",
	"git.openRepositoryInParentFolders": "never",
	"extensions.autoUpdate": false,
	"extensions.ignoreRecommendations": true,
	"telemetry.telemetryLevel": "off",
};

process.chdir(root);
if (!(await setUp()).built) process.exitCode = 1;
else if (await has("code")) await openDesktop();
else await serveEditor();

async function openDesktop() {
	step("Opening samples/ in VS Code");
	const opened = await run("code", ["--new-window", `--extensionDevelopmentPath=${root}`, samples]);
	if (opened.ok) done("opened");
	else {
		fail(`code could not open it:\n${tail(opened.output)}`);
		process.exitCode = 1;
	}
}

async function serveEditor() {
	note("no `code` on the PATH: serving VS Code to the browser instead");
	const editor = await installCodeServer();
	if (!editor) {
		process.exitCode = 1;
		return;
	}
	const folders = await prepareFolders(editor);
	if (!folders) return;
	const port = await freePort(PREFERRED_PORT);
	const url = `http://127.0.0.1:${port}/?folder=${encodeURIComponent(samples)}`;
	const flags = ["--auth", "none", "--bind-addr", `127.0.0.1:${port}`, "--disable-telemetry", "--disable-update-check"];
	const log = openSync(path.join(home, "server.log"), "w");
	const child = spawn(editor.node, [entry(editor), ...folders, ...flags, "--disable-workspace-trust"], {
		stdio: ["ignore", log, log],
		detached: true,
	});
	endWithThis(child).once("exit", (code) => process.exit(code ?? 0));
	if (!(await answers(`http://127.0.0.1:${port}/healthz`))) {
		fail(`the editor did not start: see ${path.join(home, "server.log")}`);
		endGroup(child);
		process.exitCode = 1;
		return;
	}
	done("VS Code with Lamina is ready; stop it with Ctrl+C");
	plain(url);
	await openInBrowser(url);
}

function entry(editor) {
	return path.join(editor.server, "out", "node", "entry.js");
}

/** The extension is this checkout itself: the native engine in node_modules is found, and a rebuild needs only a reload. */
async function prepareFolders(editor) {
	const extensions = path.join(home, "extensions");
	const folders = ["--user-data-dir", path.join(home, "data"), "--extensions-dir", extensions];
	rmSync(extensions, { recursive: true, force: true });
	mkdirSync(extensions, { recursive: true });
	const settings = path.join(home, "data", "User", "settings.json");
	if (!existsSync(settings)) {
		mkdirSync(path.dirname(settings), { recursive: true });
		writeFileSync(settings, JSON.stringify(FIRST_SETTINGS, null, 2));
	}
	const { name, publisher, version } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
	const folder = `${publisher}.${name}-${version}`;
	symlinkSync(root, path.join(extensions, folder));
	const entryOfLamina = {
		identifier: { id: `${publisher}.${name}` },
		version,
		location: { $mid: 1, path: path.join(extensions, folder), scheme: "file" },
		relativeLocation: folder,
	};
	writeFileSync(path.join(extensions, "extensions.json"), JSON.stringify([entryOfLamina]));
	const listed = await run(editor.node, [entry(editor), ...folders, "--list-extensions"]);
	if (listed.stdout.includes(`${publisher}.${name}`)) return folders;
	fail(`the editor does not take the extension:\n${tail(listed.output)}`);
	process.exitCode = 1;
}

function freePort(preferred) {
	return new Promise((resolve, reject) => {
		const probe = createServer();
		probe.once("error", (error) => (error.code === "EADDRINUSE" && preferred ? resolve(freePort(0)) : reject(error)));
		probe.listen(preferred, "127.0.0.1", () => {
			const { port } = probe.address();
			probe.close(() => resolve(port));
		});
	});
}

async function answers(url) {
	for (let left = 300; left > 0; left--) {
		try {
			if ((await fetch(url)).ok) return true;
		} catch {
			// Not listening yet.
		}
		await sleep(200);
	}
	return false;
}

async function openInBrowser(url) {
	const commands =
		process.platform === "darwin"
			? ["open"]
			: process.env.DISPLAY || process.env.WAYLAND_DISPLAY
				? ["xdg-open", "chromium"]
				: [];
	for (const command of commands) {
		if (!(await run("sh", ["-c", `command -v ${command}`])).ok) continue;
		const flags = command === "chromium" && process.getuid?.() === 0 ? ["--no-sandbox"] : [];
		spawn(command, [...flags, url], { stdio: "ignore", detached: true }).unref();
		return;
	}
	note("open this address in a browser on this machine");
}
