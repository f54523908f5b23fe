// `npm run package`: one VSIX for every platform. Everything is bundled, so it carries no node_modules; the native engine
// is not in it (400 MB, one per platform): the extension finds it in its own node_modules or its global storage.

import { existsSync, mkdirSync, readFileSync, realpathSync, renameSync, statSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "../esbuild.mjs";
import { done, fail, note, seconds, step } from "./log.mjs";
import { root } from "./paths.mjs";
import { run, tail } from "./run.mjs";

/** Returns the path of the VSIX, or undefined after saying why there is none. */
export async function makeVsix() {
	const started = Date.now();
	process.chdir(root);
	if (!existsSync("src/extension.ts")) {
		fail("there is no src/extension.ts to package");
		return;
	}
	if (!(await build(["extension", "compute", "webview"]))) return;
	const { name, version } = JSON.parse(readFileSync("package.json", "utf8"));
	const file = path.join(root, "dist", `${name}-${version}.vsix`);
	mkdirSync(path.dirname(file), { recursive: true });
	step("Packaging the VSIX");
	const part = `${file}.${process.pid}.part`;
	const vsce = path.join(root, "node_modules", ".bin", "vsce");
	const result = await run(vsce, [
		"package",
		"--no-dependencies",
		"--allow-missing-repository",
		"--no-rewrite-relative-links",
		"--out",
		part,
	]);
	if (!result.ok || !existsSync(part)) {
		fail(`vsce could not package:\n${tail(result.output, 25)}`);
		return;
	}
	renameSync(part, file);
	for (const line of result.output.split("\n")) if (/WARNING/.test(line)) note(line.trim());
	done(`${path.relative(root, file)}, ${(statSync(file).size / 1e6).toFixed(1)} MB, in ${seconds(started)}`);
	return file;
}

if (process.argv[1] && import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href) {
	process.exitCode = (await makeVsix()) ? 0 : 1;
}
