// `npm run -s lamina -- ARGUMENTS`: the command line from a checkout, built first when the sources have changed.

import path from "node:path";
import { pathToFileURL } from "node:url";
import { onlyProblems } from "./log.mjs";
import { root } from "./paths.mjs";

onlyProblems();
process.chdir(root);
const { build } = await import("../esbuild.mjs");
if (await build(["cli"])) {
	// npm changes to the project's folder; the arguments name files from where the user stands.
	process.chdir(process.env.INIT_CWD ?? root);
	const cli = path.join(root, "dist", "cli.js");
	process.argv.splice(1, 1, cli);
	await import(pathToFileURL(cli).href);
} else {
	process.exitCode = 1;
}
