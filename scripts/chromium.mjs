import { existsSync } from "node:fs";
import { done, fail, note, seconds, step } from "./log.mjs";
import { has, run, tail } from "./run.mjs";

const INSTALL = "apt-get update && apt-get install -y --no-install-recommends chromium";
const CANDIDATES = [
	"chromium",
	"chromium-browser",
	"google-chrome",
	"google-chrome-stable",
	"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** Returns the path of a Chromium for the host and end-to-end tests, or undefined; installs Debian's where it may. */
export async function installChromium() {
	const there = await findChromium();
	if (there) return there;
	const root = process.getuid?.() === 0;
	if (!(await has("apt-get")) || !(root || process.env.CI)) {
		fail("no Chromium: the host and end-to-end tests need one");
		note(`Debian or Ubuntu: sudo sh -c '${INSTALL}'`);
		note("elsewhere: install Chromium or Chrome, or set LAMINA_CHROMIUM to its path; then run npm test again");
		return;
	}
	const started = Date.now();
	step("Chromium for the tests: apt-get install chromium");
	const install = await run(root ? "sh" : "sudo", root ? ["-c", INSTALL] : ["-n", "sh", "-c", INSTALL], {
		env: { DEBIAN_FRONTEND: "noninteractive" },
		timeout: 600_000,
	});
	const found = await findChromium();
	if (found) done(`${found} in ${seconds(started)}`);
	else fail(`apt-get could not install it:\n${tail(install.output)}`);
	return found;
}

async function findChromium() {
	const named = process.env.LAMINA_CHROMIUM;
	for (const candidate of named ? [named] : CANDIDATES) {
		if (candidate.includes("/")) {
			if (existsSync(candidate)) return candidate;
			continue;
		}
		const which = await run("sh", ["-c", `command -v ${candidate}`]);
		if (which.ok) return which.stdout.trim();
	}
}
