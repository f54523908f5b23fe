// `npm run bench -- ARGUMENTS`: measures this machine.

import { existsSync } from "node:fs";
import path from "node:path";
import { fail } from "./log.mjs";
import { root } from "./paths.mjs";
import { setUp } from "./setup.mjs";

const program = path.join(root, "test", "bench", "main.ts");
process.chdir(root);
if (!existsSync(program)) {
	fail("there is no test/bench/main.ts");
	process.exitCode = 1;
} else if ((await setUp()).installed) {
	const { runTypeScript } = await import("./typescript.mjs");
	await runTypeScript(program, process.argv.slice(2));
} else process.exitCode = 1;
