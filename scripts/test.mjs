// `npm test`: set-up, then every suite one after another. `npm run test:NAME -- [file name part] [-g title]`: one suite.
// Every suite's last line is its counts; the very last line of all is their sum.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fail, note, plain, seconds, step } from "./log.mjs";
import { root } from "./paths.mjs";
import { reachable, run } from "./run.mjs";
import { setUp } from "./setup.mjs";

const MINUTE = 60_000;

const suites = [
	{ name: "lint", timeout: 5 * MINUTE },
	{ name: "unit", timeout: 8 * MINUTE },
	{ name: "conformance", timeout: 10 * MINUTE },
	{ name: "golden", timeout: 12 * MINUTE },
	{ name: "metrics", timeout: 5 * MINUTE },
	{ name: "formats", timeout: 10 * MINUTE },
	{ name: "host", timeout: 6 * MINUTE, needs: ["build", "editor"] },
	{ name: "e2e", timeout: 10 * MINUTE, needs: ["build", "served editor", "vsix"] },
	{ name: "fuzz", timeout: 8 * MINUTE },
];

const programs = { lint: "lint.mjs", host: "host.mjs" };

process.chdir(root);
const [wanted, ...rest] = process.argv.slice(2);
const chosen = wanted ? suites.filter(({ name }) => name === wanted) : suites;
if (chosen.length === 0) {
	fail(`there is no suite ${wanted}; there are ${suites.map(({ name }) => name).join(", ")}`);
	process.exit(2);
}

const started = Date.now();
// Continuous integration stops a run that takes 25 minutes, and then nobody sees what hung.
const deadline = process.env.CI ? started + 23.5 * MINUTE : Number.POSITIVE_INFINITY;
// The served editor needs no display and comes from a package registry, so it is the rule. LAMINA_EDITOR: `newest` runs
// the end-to-end tests in VS Code 1.139; `desktop` runs the host tests in a downloaded VS Code, the only way on Windows.
const editor = process.env.LAMINA_EDITOR ?? (process.platform === "win32" ? "desktop" : "oldest");
const environment = { LAMINA_EDITOR: editor, LAMINA_ROOT: root, TF_CPP_MIN_LOG_LEVEL: "3" };
const { installed, built } = await setUp();
const obstacles = installed ? await prepare(new Set(chosen.flatMap(({ needs = [] }) => needs))) : {};

const total = { passed: 0, failed: 0, skipped: 0 };
const table = [];
for (const suite of chosen) {
	const begun = Date.now();
	plain("");
	step(`test:${suite.name}`);
	const obstacle = !installed ? "set-up failed" : suite.needs?.map((need) => obstacles[need]).find(Boolean);
	const counts = obstacle ? blocked(suite, obstacle) : await runSuite(suite);
	for (const key of Object.keys(total)) total[key] += counts[key];
	table.push(`${suite.name.padEnd(12)} ${line(counts)} (${seconds(begun)})`);
}
if (chosen.length > 1) {
	plain("");
	for (const row of table) plain(row);
	plain(`all in ${seconds(started)}`);
	plain(line(total));
}
process.exitCode = total.failed > 0 ? 1 : 0;

function line({ passed, failed, skipped }) {
	return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** What some suites need beyond the set-up; says for each thing that is missing why. */
async function prepare(needs) {
	const missing = { build: built ? undefined : "Lamina does not build" };
	if (needs.has("editor") || needs.has("served editor")) {
		const served = needs.has("served editor") || editor !== "desktop" ? await getServedEditor() : undefined;
		missing["served editor"] = served;
		missing.editor = editor === "desktop" ? await checkDownload() : served;
		if (editor === "newest") missing.editor ??= "the newest code-server cannot run tests in its extension host";
	}
	if (needs.has("vsix") && built) {
		const { makeVsix } = await import("./package.mjs");
		environment.LAMINA_VSIX = await makeVsix();
		if (!environment.LAMINA_VSIX) missing.vsix = "the VSIX could not be made";
	}
	return missing;
}

async function checkDownload() {
	const site = "https://update.code.visualstudio.com";
	return (await reachable(site)) ? undefined : `${site} does not answer, so VS Code cannot be downloaded`;
}

async function getServedEditor() {
	const { installCodeServer } = await import("./code-server.mjs");
	const { installChromium } = await import("./chromium.mjs");
	const installed = await installCodeServer(editor === "newest" ? "newest" : "oldest");
	if (!installed) return "there is no editor to test in";
	environment.LAMINA_CODE_SERVER = installed.server;
	environment.LAMINA_CODE_SERVER_NODE = installed.node;
	environment.LAMINA_CHROMIUM = await installChromium();
	if (!environment.LAMINA_CHROMIUM) return "there is no Chromium to drive the editor with";
}

/** A suite that cannot run is a failure, never silence. */
function blocked(suite, obstacle) {
	fail(`${suite.name} did not run: ${obstacle}`);
	const counts = { passed: 0, failed: 1, skipped: 0 };
	plain(line(counts));
	return counts;
}

async function runSuite(suite) {
	const timeout = Math.min(suite.timeout, deadline - Date.now());
	if (timeout <= 0) return blocked(suite, "no time was left");
	const folder = mkdtempSync(path.join(tmpdir(), "lamina-test-"));
	const stateFile = path.join(folder, "state.json");
	let last = "";
	try {
		const program = path.join("test", "runner", programs[suite.name] ?? "suite.mjs");
		const result = await run(process.execPath, ["--enable-source-maps", program, suite.name, ...rest], {
			cwd: root,
			env: { ...environment, LAMINA_TEST_STATE: stateFile },
			timeout,
			onLine: (text) => {
				plain(text);
				if (text.trim()) last = text.trim();
			},
		});
		const counts = parse(last);
		if (counts && (result.ok || counts.failed > 0)) return counts;
		return crashed(suite, result, counts ?? read(stateFile), timeout);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

function parse(text) {
	const match = /^(\d+) passed, (\d+) failed, (\d+) skipped$/.exec(text);
	return match ? { passed: Number(match[1]), failed: Number(match[2]), skipped: Number(match[3]) } : undefined;
}

function read(stateFile) {
	try {
		return JSON.parse(readFileSync(stateFile, "utf8"));
	} catch {
		return undefined;
	}
}

/** Counts what had passed before, and the crash as one failure. */
function crashed(suite, result, state, timeout) {
	const how = result.timedOut
		? `was stopped after ${(timeout / MINUTE).toFixed(1)} minutes`
		: result.signal
			? `was ended by ${result.signal}`
			: `ended with code ${result.code} and no counts`;
	fail(`${suite.name} ${how}`);
	if (state?.running) note(`while running: ${state.running}`);
	const counts = { passed: state?.passed ?? 0, failed: (state?.failed ?? 0) + 1, skipped: state?.skipped ?? 0 };
	plain(line(counts));
	return counts;
}
