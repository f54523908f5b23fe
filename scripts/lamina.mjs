// `npm run -s lamina -- ARGUMENTS`: the command line from a checkout, built first when the sources have changed.

import { existsSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { fail, logToStderr, onlyProblems } from "./log.mjs";
import { root } from "./paths.mjs";

logToStderr();
process.chdir(root);
const cli = path.join(root, "dist", "cli.js");

if ((await prepare()) && existsSync(cli)) {
	// npm changes to the project's folder; the arguments name files from where the user stands.
	process.chdir(process.env.INIT_CWD ?? root);
	process.argv.splice(1, 1, cli);
	await import(pathToFileURL(cli).href);
} else {
	fail("the command line could not be built");
	process.exitCode = 1;
}

/** The first time takes a set-up, which says what it does; later a look at the sources' dates is enough. */
async function prepare() {
	if (!existsSync(path.join(root, "node_modules", ".package-lock.json"))) {
		const { setUp } = await import("./setup.mjs");
		return (await setUp()).built;
	}
	onlyProblems();
	const { build } = await import("../esbuild.mjs");
	return build(["cli"]);
}
