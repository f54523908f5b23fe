import type { Browser } from "playwright-core";
import type { CodeServer } from "./code-server";
import { projectRoot } from "./environment";

export interface InHostRun {
	/** Folder opened in the editor. */
	workspace: string;
	/** A CommonJS file that exports `run(): Promise<void>`; it runs inside the extension host. */
	tests: string;
	timeout: number;
	onConsole?(line: string): void;
}

/**
 * Runs tests inside the extension host of a served editor, with the extension loaded from this checkout.
 * Returns the exit code the editor reports: 0 when `run` resolved, 1 when it rejected.
 */
export async function runInHost(server: CodeServer, browser: Browser, run: InHostRun): Promise<number> {
	const page = await browser.newPage();
	try {
		let report: (code: number) => void = () => {};
		const exit = new Promise<number>((resolve) => {
			report = resolve;
		});
		// The editor calls these two when it was opened to run tests.
		await page.exposeFunction("codeAutomationExit", (code: number) => report(code));
		await page.exposeFunction("codeAutomationLog", (_type: string, args: unknown[]) => run.onConsole?.(args.join(" ")));
		page.on("console", (message) => run.onConsole?.(message.text()));
		await page.goto(payloadUrl(server, run), { waitUntil: "domcontentloaded" });
		return await Promise.race([exit, after(run.timeout)]);
	} finally {
		await page.close();
	}
}

function payloadUrl(server: CodeServer, { workspace, tests }: InHostRun): string {
	const remote = (file: string) => `vscode-remote://127.0.0.1:${server.port}${file}`;
	const payload = JSON.stringify([
		["extensionDevelopmentPath", remote(projectRoot)],
		["extensionTestsPath", remote(tests)],
		["skipWelcome", "true"],
	]);
	return `${server.url}/?folder=${encodeURIComponent(workspace)}&payload=${encodeURIComponent(payload)}`;
}

function after(milliseconds: number): Promise<never> {
	return new Promise((_, reject) => {
		const timer = setTimeout(
			() => reject(new Error(`the tests in the extension host did not end within ${milliseconds / 1000} s`)),
			milliseconds,
		);
		timer.unref();
	});
}
