// A real VS Code from the npm registry: the editor in which the host and end-to-end tests run.

import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { done, fail, note, seconds, step } from "./log.mjs";
import { npm } from "./npm.mjs";
import { cache } from "./paths.mjs";
import { tail } from "./run.mjs";

/** Holds VS Code 1.100, the oldest that package.json promises to work in, and runs on Node 20. */
const VERSION = "4.100.3";

/** node-pty's post-install step fails after its library is built: whether a module is there says more than npm. */
const NATIVE = {
	"lib/vscode": ["node-pty", "@vscode/spdlog", "native-watchdog", "@parcel/watcher"],
	"": ["argon2"],
};

/** Returns the folder of code-server, or undefined when it could not be installed. */
export async function installCodeServer() {
	const folder = path.join(cache, `code-server-${VERSION}-node${process.versions.modules}`);
	const server = path.join(folder, "node_modules", "code-server");
	if (existsSync(path.join(folder, "ready"))) return server;
	if (process.platform === "win32") {
		fail("code-server does not run on Windows: the host and end-to-end tests need Linux or macOS");
		return;
	}
	const started = Date.now();
	step(`Editor for the tests: code-server ${VERSION} (VS Code 1.100) from npm, about 320 MB, once`);
	rmSync(folder, { recursive: true, force: true });
	mkdirSync(folder, { recursive: true });
	const manifest = { private: true, dependencies: { "code-server": VERSION }, allowScripts: { argon2: true } };
	writeFileSync(path.join(folder, "package.json"), JSON.stringify(manifest, null, 2));
	const problem = await assemble(folder, server);
	if (problem) {
		fail(`code-server could not be installed: ${problem}`);
		return;
	}
	writeFileSync(path.join(folder, "ready"), `${new Date().toISOString()}\n`);
	done(`code-server in ${seconds(started)}, kept in ${folder}`);
	return server;
}

async function assemble(folder, server) {
	const vscode = path.join(server, "lib", "vscode");
	const quiet = ["--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
	const installs = [
		[folder, "code-server"],
		[vscode, "the editor's modules"],
		[path.join(vscode, "extensions"), "the built-in extensions' modules"],
	];
	for (const [cwd, what] of installs) {
		note(`installing ${what}`);
		const install = await npm(["install", ...quiet], { cwd });
		if (!install.ok) return `npm install in ${cwd} failed:\n${tail(install.output)}`;
	}
	note("compiling the native modules");
	for (const [where, modules] of Object.entries(NATIVE)) {
		const cwd = where ? path.join(server, where) : folder;
		for (const name of modules) {
			if (!existsSync(path.join(cwd, "node_modules", name))) continue;
			const rebuild = await npm(["rebuild", name], { cwd });
			if (!existsSync(path.join(cwd, "node_modules", name, "build", "Release")) && !rebuild.ok) {
				return `npm rebuild ${name} failed (are g++, make and python3 installed?):\n${tail(rebuild.output)}`;
			}
		}
	}
	symlinkSync("node_modules", path.join(vscode, "node_modules.asar"));
}
