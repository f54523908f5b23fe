// Checks that count as tests: format, lint rules, import direction, types.

import { existsSync } from "node:fs";
import path from "node:path";
import { plain, seconds } from "../../scripts/log.mjs";
import { root } from "../../scripts/paths.mjs";
import { run } from "../../scripts/run.mjs";

const bin = (name) => path.join(root, "node_modules", ".bin", name);
const sources = ["src", "webview", "test"].filter((folder) => existsSync(path.join(root, folder)));

const checks = [
	["formatted as biome formats", bin("biome"), ["format", ".", "--reporter=summary", "--colors=off"]],
	["lint rules", bin("biome"), ["lint", ".", "--max-diagnostics=40", "--error-on-warnings", "--colors=off"]],
	[
		"imports go one way",
		bin("depcruise"),
		[...sources, "--config", ".dependency-cruiser.cjs", "--output-type", "err-long"],
	],
	["types", bin("tsc"), ["--noEmit", "--pretty", "false"]],
	[
		"the core compiles without the DOM",
		bin("tsc"),
		["--noEmit", "--pretty", "false", "--project", "tsconfig.core.json"],
	],
];

let failed = 0;
for (const [title, command, args] of checks) {
	const started = Date.now();
	const result = await run(command, args, { cwd: root, timeout: 300_000, env: { NO_COLOR: "1" } });
	plain(`  ${result.ok ? "ok" : "no"}  ${title} (${seconds(started)})`);
	if (result.ok) continue;
	failed++;
	plain(result.output.trimEnd().replace(/^/gm, "      "));
}
plain(`${checks.length - failed} passed, ${failed} failed, 0 skipped`);
process.exitCode = failed > 0 ? 1 : 0;
