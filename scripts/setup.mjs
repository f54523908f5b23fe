// Everything a checkout needs, each step skipped when it is already done. `npm run setup`

import { realpathSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { installDependencies } from "./dependencies.mjs";
import { withLock } from "./lock.mjs";
import { done, fail, seconds } from "./log.mjs";
import { installNativeEngine } from "./native-engine.mjs";
import { cache, root } from "./paths.mjs";
import { checkNode } from "./requirements.mjs";

/** A missing native engine is no obstacle: WASM takes its place. */
export async function setUp() {
	if (!checkNode()) return { installed: false, built: false };
	return withLock(path.join(cache, "lock"), async () => {
		if (!(await installDependencies())) return { installed: false, built: false };
		await installNativeEngine(path.join(root, "node_modules"));
		const { build } = await import("../esbuild.mjs");
		return { installed: true, built: await build() };
	});
}

if (process.argv[1] && import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href) {
	const started = Date.now();
	process.chdir(root);
	const { built } = await setUp();
	if (built) done(`set up in ${seconds(started)}`);
	else {
		fail("set-up is not complete: see above");
		process.exitCode = 1;
	}
}
