import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Browser } from "playwright-core";
import { launchBrowser } from "../support/browser";
import { CodeServer } from "../support/code-server";
import { fromSetup, projectRoot } from "../support/environment";

describe("The VSIX", () => {
	let server: CodeServer;
	let browser: Browser;

	before(async () => {
		server = await CodeServer.start({ name: "e2e-install", vsix: fromSetup("LAMINA_VSIX") });
		browser = await launchBrowser();
	});

	after(async () => {
		await browser?.close();
		await server?.stop();
	});

	it("installs under its own name and version", async () => {
		const { version } = JSON.parse(readFileSync(path.join(projectRoot, "package.json"), "utf8"));
		assert.deepEqual(await server.extensions(), [`lamina.lamina@${version}`]);
	});

	it("is among the installed extensions that the editor shows", async () => {
		const page = await browser.newPage();
		await page.goto(`${server.url}/?folder=${encodeURIComponent(path.join(projectRoot, "samples"))}`);
		await page.waitForSelector(".monaco-workbench .part.activitybar");
		await page.keyboard.press("Control+Shift+X");
		const entry = page.locator(".extension-list-item .name", { hasText: "Lamina" });
		await entry.first().waitFor();
		assert.equal(await entry.first().textContent(), "Lamina");
	});
});
