import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Browser } from "playwright-core";
import { launchBrowser } from "../support/browser";
import { CodeServer } from "../support/code-server";
import { fromSetup, projectRoot } from "../support/environment";
import { SETTINGS } from "./pages/editor";
import { Workbench } from "./pages/workbench";
import { Workspace } from "./pages/workspace";

const STEPS = ["Inspect a model", "Ask why", "Hover your training code", "Make it fast"];

/** Packages from the registry, and TensorFlow's library where it is not kept from an earlier set-up. */
const INSTALLATION = 8 * 60_000;

describe("On the first day", function () {
	this.timeout(90_000);
	let server: CodeServer;
	let browser: Browser;
	let workspace: Workspace;
	let workbench: Workbench;

	before(async () => {
		server = await CodeServer.start({ name: "first-use", vsix: fromSetup("LAMINA_VSIX"), settings: SETTINGS });
		browser = await launchBrowser();
		workspace = new Workspace();
		workbench = await Workbench.open(server, browser, workspace);
	});

	after(async () => {
		await browser?.close();
		await server?.stop();
		workspace?.remove();
	});

	afterEach(async function () {
		if (this.currentTest?.state === "failed") await workbench?.screenshot(`failed/first-use-${Date.now()}`);
	});

	it("a walkthrough leads through the four things to do, each with its picture", async () => {
		const { page } = workbench;
		await workbench.command("Welcome: Open Walkthrough...");
		await page.locator(".quick-input-widget input[type=text]").fill("Look inside");
		await page
			.locator(".quick-input-list .monaco-list-row")
			.filter({ hasText: "Look inside a neural network" })
			.click();
		const steps = page.locator(".getting-started-step");
		await steps.first().waitFor();
		for (const [index, title] of STEPS.entries()) {
			await steps.nth(index).click();
			await steps.nth(index).getByRole("heading", { name: title }).waitFor();
			await page.locator(".getting-started-media").first().waitFor();
			await page.waitForTimeout(300);
			await workbench.screenshot(`walkthrough-${index + 1}`);
		}
		assert.equal(await steps.count(), STEPS.length);
		// The editor's content policy drops style sheets, and what has no colour of its own is painted black.
		for (const picture of readdirSync(path.join(projectRoot, "media", "walkthrough")))
			assert.doesNotMatch(
				readFileSync(path.join(projectRoot, "media", "walkthrough", picture), "utf8"),
				/<style|\sclass=/,
			);
		await workbench.closeEditors();
	});

	it("everything computes with WASM, which a quiet line says", async () => {
		const { inspector } = workbench;
		await workbench.openFromExplorer("digits", "digits.keras");
		await inspector.ready();
		await inspector.frame.getByText("WASM engine").first().waitFor();
		await workbench.screenshot("engine-wasm");
	});

	it("Install Native Engine gets TensorFlow, and the open Inspector computes with it", async function () {
		this.timeout(INSTALLATION + 60_000);
		const { inspector } = workbench;
		await workbench.command("Lamina: Install Native Engine");
		const done = workbench.notifications().filter({ hasText: "Lamina computes with the native engine now." });
		const failed = workbench.notifications().filter({ hasText: "could not be installed" });
		await done.or(failed).first().waitFor({ timeout: INSTALLATION });
		assert.equal(await failed.count(), 0, await failed.allInnerTexts().then((texts) => texts.join()));
		await workbench.closeEditors();
		await workbench.openFromExplorer("digits", "digits.keras");
		await inspector.ready();
		await inspector.frame.getByText("native engine", { exact: true }).first().waitFor();
		await workbench.screenshot("engine-native");
	});
});
