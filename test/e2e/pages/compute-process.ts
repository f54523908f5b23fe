import { execFileSync } from "node:child_process";
import path from "node:path";
import type { CodeServer } from "../../support/code-server";

/** Ids of the compute processes of the installed extension, and of no other program. */
export function computeProcesses({ folder }: CodeServer): number[] {
	const extensions = path.join(folder, "extensions") + path.sep;
	const listed = execFileSync("ps", ["-A", "-ww", "-o", "pid=,args="], { encoding: "utf8", maxBuffer: 2 ** 24 });
	return listed
		.split("\n")
		.filter((line) => line.includes(extensions) && line.includes(path.join("dist", "compute.js")))
		.map((line) => Number.parseInt(line, 10));
}
