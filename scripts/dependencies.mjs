import { readFileSync } from "node:fs";
import path from "node:path";
import { done, fail, note, seconds, step } from "./log.mjs";
import { npm } from "./npm.mjs";
import { root } from "./paths.mjs";

/** `npm ci`, only when node_modules is not already what package-lock.json asks for. */
export async function installDependencies() {
	const difference = findDifference();
	if (!difference) return true;
	const started = Date.now();
	step(`npm packages: npm ci (${difference})`);
	const install = await npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: root });
	if (!install.ok) {
		fail(`npm ci failed:\n${install.output.split("\n").slice(0, 12).join("\n")}`);
		note("is the npm registry reachable? try: npm ping");
		return false;
	}
	done(`npm packages in ${seconds(started)}`);
	return true;
}

/** npm notes in node_modules/.package-lock.json what it has put there. */
function findDifference() {
	const wanted = readPackages(path.join(root, "package-lock.json"));
	const there = readPackages(path.join(root, "node_modules", ".package-lock.json"));
	if (!there) return "node_modules is empty";
	for (const [place, { version, optional, devOptional, peer }] of Object.entries(wanted ?? {})) {
		if (place === "" || there[place]?.version === version) continue;
		// Optional packages are there only on the platform they are made for.
		if (!there[place] && (optional || devOptional || peer)) continue;
		return `${place} is ${there[place]?.version ?? "missing"}, the lock file wants ${version}`;
	}
}

function readPackages(file) {
	try {
		return JSON.parse(readFileSync(file, "utf8")).packages;
	} catch {
		return undefined;
	}
}
