import { closeSync, mkdirSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { launchBrowser } from "./browser";
import { CodeServer } from "./code-server";
import { artifacts, projectRoot } from "./environment";
import { runInHost } from "./in-host";

const workspace = path.join(projectRoot, "samples");
const program = path.join(projectRoot, "test", "runner", "in-host.cjs");

/** Opens samples/ in an editor with the extension under test, and prints the tests' report as it is written. */
async function main(tests: string, grep: string): Promise<number> {
	const folder = mkdtempSync(path.join(tmpdir(), "lamina-host-"));
	const report = path.join(folder, "report.txt");
	writeFileSync(report, "");
	const env = {
		...passedOn(),
		LAMINA_TEST_FILE: tests,
		LAMINA_TEST_GREP: grep,
		LAMINA_TEST_OUTPUT: report,
	};
	const printer = follow(report);
	try {
		return process.env.LAMINA_EDITOR === "desktop" ? await runOnDesktop(env) : await runServed(env);
	} finally {
		printer.stop();
		rmSync(folder, { recursive: true, force: true });
	}
}

async function runOnDesktop(extensionTestsEnv: Record<string, string>): Promise<number> {
	const { runTests } = await import("@vscode/test-electron");
	return runTests({
		version: "1.100.3",
		extensionDevelopmentPath: projectRoot,
		extensionTestsPath: program,
		extensionTestsEnv,
		launchArgs: [workspace, "--disable-extensions", "--disable-workspace-trust"],
	});
}

async function runServed(env: Record<string, string>): Promise<number> {
	const lines: string[] = [];
	const server = await CodeServer.start({ name: "host", env });
	const browser = await launchBrowser();
	try {
		return await runInHost(server, browser, {
			workspace,
			tests: program,
			timeout: 5 * 60_000,
			onConsole: (line) => lines.push(line),
		});
	} finally {
		mkdirSync(artifacts, { recursive: true });
		writeFileSync(path.join(artifacts, "host-console.log"), `${lines.join("\n")}\n`);
		await browser.close();
		await server.stop();
	}
}

function passedOn(): Record<string, string> {
	const names = ["LAMINA_ROOT", "LAMINA_TESTDATA", "LAMINA_TEST_STATE", "TF_CPP_MIN_LOG_LEVEL"];
	return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name] as string]] : [])));
}

/** Prints what is appended to a file. */
function follow(file: string): { stop(): void } {
	const descriptor = openSync(file, "r");
	const buffer = Buffer.alloc(65_536);
	const print = () => {
		for (let count = readSync(descriptor, buffer); count > 0; count = readSync(descriptor, buffer)) {
			process.stdout.write(buffer.subarray(0, count));
		}
	};
	const timer = setInterval(print, 200);
	return {
		stop() {
			clearInterval(timer);
			print();
			closeSync(descriptor);
		},
	};
}

const [, , tests = "", grep = ""] = process.argv;
main(tests, grep).then(
	(code) => process.stdout.write("", () => process.exit(code)),
	(error) => {
		console.error(error);
		process.exit(1);
	},
);
