// `npm run samples`: trains the sample models anew and draws their inputs, as samples/make.py says.

import { spawnSync } from "node:child_process";
import path from "node:path";
import { fail, note } from "./log.mjs";
import { root } from "./paths.mjs";
import { run } from "./run.mjs";

const version = (await run("python3", ["-c", "import sys; print(*sys.version_info[:2])"])).stdout
	.split(" ")
	.map(Number);
if (version[0] !== 3 || version[1] < 11) {
	fail("the samples are made with Python 3.11 or newer, which is not here as python3");
	note("Debian: apt-get install python3 python3-venv");
	process.exitCode = 1;
} else {
	const args = [path.join("samples", "make.py"), ...process.argv.slice(2)];
	process.exitCode = spawnSync("python3", args, { cwd: root, stdio: "inherit" }).status ?? 1;
}
