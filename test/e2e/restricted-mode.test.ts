import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import { launchBrowser } from "../support/browser";
import { CodeServer } from "../support/code-server";
import { fromSetup } from "../support/environment";
import { computeProcesses } from "./pages/compute-process";
import { SETTINGS } from "./pages/editor";
import { Workbench } from "./pages/workbench";
import { Workspace } from "./pages/workspace";

describe("A workspace that nobody trusts yet", function () {
	this.timeout(90_000);
	let server: CodeServer;
	let browser: Browser;
	let workspace: Workspace;
	let workbench: Workbench;

	before(async () => {
		server = await CodeServer.start({
			name: "restricted",
			vsix: fromSetup("LAMINA_VSIX"),
			settings: { ...SETTINGS, "security.workspace.trust.startupPrompt": "never" },
			workspaceTrust: true,
		});
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
		if (this.currentTest?.state === "failed") await workbench?.screenshot("failed/restricted-mode");
	});

	it("shows a model's layers, filters and statistics, and says what waits", async () => {
		const { inspector } = workbench;
		await workbench.openFromExplorer("digits", "digits.keras");
		await inspector.heading.waitFor();
		await inspector.frame.getByText(/^Restricted Mode: /).waitFor();
		await inspector.open("conv2d_1", "Filters");
		await inspector.pictures.nth(20).waitFor();
		await inspector.open("conv2d_1", "Statistics");
		await inspector.panel.getByText("kernel").first().waitFor();
		await workbench.screenshot("restricted-statistics");
	});

	it("computes nothing: activations and explanations wait, with the reason and the way out", async () => {
		const { inspector } = workbench;
		for (const tab of ["Activations", "Explain"] as const) {
			await inspector.open("conv2d_1", tab);
			await inspector.panel.getByText(/trust this workspace/).waitFor();
			await workbench.screenshot(`restricted-${tab.toLowerCase()}`);
		}
		assert.equal(await inspector.predictions.count(), 0);
		assert.equal(computeProcesses(server).length, 1, "one process parses");
	});

	it("shows a layer's shape in the hover, without a picture", async () => {
		await workbench.openFromExplorer("digits", "train.py");
		await workbench.hoverCode("Conv2D(64");
		await workbench.hover.getByText("conv2d_1").first().waitFor();
		assert.equal(await workbench.hover.getByRole("img", { name: /activation maps/ }).count(), 0);
		await workbench.screenshot("restricted-hover");
		await workbench.page.keyboard.press("Escape");
	});

	it("computes as soon as it is trusted", async () => {
		const { inspector, page } = workbench;
		await workbench.openFromExplorer("digits", "digits.keras");
		await inspector.heading.waitFor();
		await workbench.command("Workspaces: Manage Workspace Trust");
		await page.getByRole("button", { name: "Trust", exact: true }).first().click();
		await workbench.openFromExplorer("digits", "digits.keras");
		await inspector.ready();
		await inspector.frame.getByText(/^Restricted Mode: /).waitFor({ state: "detached" });
		await inspector.open("conv2d_1", "Activations");
		await inspector.pictures.nth(20).waitFor();
	});
});
