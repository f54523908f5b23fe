// A real VS Code from the npm registry: the editor in which the host and end-to-end tests run.

import { existsSync, mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { withLock } from "./lock.mjs";
import { done, fail, note, seconds, step } from "./log.mjs";
import { npm } from "./npm.mjs";
import { cache } from "./paths.mjs";
import { tail } from "./run.mjs";

const EDITIONS = {
	/** VS Code 1.100, the oldest that package.json promises to work in, on Node 20. */
	oldest: {
		version: "4.100.3",
		about: "VS Code 1.100",
		modules: ["node-pty", "@vscode/spdlog", "native-watchdog", "@parcel/watcher"],
	},
	/** VS Code 1.139 needs Node 24, which npm has too. It does not run tests in its extension host. */
	newest: {
		version: "4.139.1",
		about: "VS Code 1.139 on Node 24",
		modules: ["@vscode/spdlog", "@vscode/native-watchdog", "@vscode/sqlite3", "@vscode/deviceid"],
		nodePackage: `node-${process.platform}-${process.arch}`,
		nodeVersion: "24",
	},
};

/** Returns code-server's folder and the Node to run it with, or undefined when it could not be installed. */
export async function installCodeServer(name = "oldest") {
	const edition = EDITIONS[name];
	const folder = path.join(
		cache,
		`code-server-${edition.version}-${edition.nodeVersion ?? process.versions.node.split(".")[0]}`,
	);
	const installed = {
		server: path.join(folder, "node_modules", "code-server"),
		node: edition.nodePackage
			? path.join(folder, "node_modules", edition.nodePackage, "bin", "node")
			: process.execPath,
	};
	if (existsSync(path.join(folder, "ready"))) return installed;
	if (process.platform === "win32") {
		fail("code-server does not run on Windows: the host and end-to-end tests need Linux or macOS");
		return;
	}
	return withLock(`${folder}.lock`, async () => {
		if (existsSync(path.join(folder, "ready"))) return installed;
		const started = Date.now();
		step(`Editor: code-server ${edition.version} (${edition.about}) from npm, about 320 MB, once`);
		rmSync(folder, { recursive: true, force: true });
		mkdirSync(folder, { recursive: true });
		const problem = await assemble(folder, installed, edition);
		if (problem) {
			fail(`code-server could not be installed: ${problem}`);
			return;
		}
		writeFileSync(path.join(folder, "ready"), `${new Date().toISOString()}\n`);
		done(`code-server in ${seconds(started)}, kept in ${folder}`);
		return installed;
	});
}

async function assemble(folder, { server, node }, edition) {
	// argon2 is the one module whose library comes from an install script npm must be told to allow.
	const manifest = { private: true, allowScripts: { argon2: true }, dependencies: { "code-server": edition.version } };
	if (edition.nodePackage) manifest.dependencies[edition.nodePackage] = edition.nodeVersion;
	writeFileSync(path.join(folder, "package.json"), JSON.stringify(manifest, null, 2));
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
	const builds = [...edition.modules.map((name) => [vscode, name]), [folder, "argon2"]];
	for (const [cwd, name] of builds) {
		const rebuild = await npm(["rebuild", name], { cwd, env: compilingFor(node) });
		// node-pty's last step fails after its library is built: whether that is there says more than npm.
		if (!rebuild.ok && !existsSync(path.join(cwd, "node_modules", name, "build", "Release"))) {
			return `npm rebuild ${name} failed (are g++, make and python3 installed?):\n${tail(rebuild.output)}`;
		}
	}
	symlinkSync("node_modules", path.join(vscode, "node_modules.asar"));
}

/** For the Node that will load the modules; with its own headers where they lie beside it, so that nothing is fetched. */
function compilingFor(node) {
	const bin = path.dirname(realpathSync(node));
	const prefix = path.dirname(bin);
	const headers = existsSync(path.join(prefix, "include", "node", "node.h")) ? { npm_config_nodedir: prefix } : {};
	return { PATH: `${bin}${path.delimiter}${process.env.PATH}`, ...headers };
}
