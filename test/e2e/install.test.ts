import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { projectRoot } from "../support/environment";
import { computeProcesses } from "./pages/compute-process";
import { editor } from "./pages/editor";

/** Milliseconds that an idle editor may pay for the extension. */
const ACTIVATION_BUDGET = 5;

describe("The installed extension", function () {
	this.timeout(60_000);

	before(() => editor().closeEditors());

	it("has its own name and version, and is the only one", async () => {
		const { version } = JSON.parse(readFileSync(path.join(projectRoot, "package.json"), "utf8"));
		assert.deepEqual(await editor().server.extensions(), [`lamina.lamina@${version}`]);
	});

	it(`activates in less than ${ACTIVATION_BUDGET} ms by the editor's own measure, and starts no process`, async () => {
		await editor().reload();
		await editor().openFromExplorer("make.py");
		await editor().code.waitFor();
		await editor().command("Developer: Show Running Extensions");
		const row = editor().page.locator(".runtime-extensions-editor .extension").filter({ hasText: "Lamina" });
		const time = row.locator(".activation-time").filter({ hasText: /\d/ });
		await time.waitFor();
		const [, code, call] = /(\d+)ms.*?(?:(\d+)ms)?/.exec((await time.textContent()) ?? "") ?? [];
		process.stdout.write(`      activation: ${await time.textContent()}\n`);
		assert.ok(Number(call ?? code) < ACTIVATION_BUDGET, `${code} ms`);
		assert.deepEqual(computeProcesses(editor().server), []);
		await editor().screenshot("running-extensions");
	});
});
