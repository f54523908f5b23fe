import { realpathSync, rmSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { bundle, nodeOptions } from "../esbuild.mjs";
import { fail, note } from "./log.mjs";
import { root } from "./paths.mjs";

/** Runs a TypeScript program of this checkout, bundled as Lamina itself is. `node scripts/typescript.mjs FILE ARGUMENTS` */
export async function runTypeScript(file, args = []) {
	const outfile = path.join(root, "dist", `run-${path.basename(file, ".ts")}-${process.pid}.js`);
	const external = [...nodeOptions.external, "mocha", "playwright-core", "esbuild", "@vscode/test-electron"];
	const result = await bundle({ ...nodeOptions, external, entryPoints: [path.resolve(file)], outfile });
	if (result.errors.length > 0) {
		fail(`${file} does not build`);
		for (const line of result.errors) note(line);
		process.exitCode = 1;
		return;
	}
	process.once("exit", () => {
		for (const made of [outfile, `${outfile}.map`]) rmSync(made, { force: true });
	});
	process.argv.splice(1, process.argv.length, outfile, ...args);
	await import(pathToFileURL(outfile).href);
}

if (process.argv[1] && import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href) {
	const [file, ...args] = process.argv.slice(2);
	await runTypeScript(file, args);
}
