import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { projectRoot } from "../support/environment";
import { computeProcesses } from "./pages/compute-process";
import { editor } from "./pages/editor";

/**
 * The aim is 5 ms. Loading and `activate` take 2.2, and the editor mostly tells 4 to 8 in a window that has settled (an
 * extension that does nothing: 1 to 2). It tells wall time though, and the page keeps two cores busy: 26 now and then.
 */
const ACTIVATION_BUDGET = 50;

/** Milliseconds after which a window that was loaded is quiet. */
const SETTLED = 3_000;

describe("The installed extension", function () {
	this.timeout(60_000);

	before(() => editor().clear());

	it("has its own name and version, and is the only one", async () => {
		const { version } = JSON.parse(readFileSync(path.join(projectRoot, "package.json"), "utf8"));
		assert.deepEqual(await editor().server.extensions(), [`lamina.lamina@${version}`]);
	});

	it("activates quickly by the editor's own measure, and starts no process", async () => {
		const times: number[] = [];
		for (let attempt = 0; attempt < 3 && !times.some((time) => time < ACTIVATION_BUDGET); attempt++) {
			await editor().reload();
			await editor().command("Developer: Show Running Extensions");
			const extensions = editor().page.locator(".runtime-extensions-editor .extension");
			// Other extensions that start with the editor would be measured with ours.
			await extensions.first().waitFor();
			// The window itself has finished loading by then, and leaves the processor to the extension.
			await editor().page.waitForTimeout(SETTLED);
			await editor().openFromExplorer("make.py");
			await editor().code.waitFor();
			await editor().command("Developer: Show Running Extensions");
			const time = extensions.filter({ hasText: "Lamina" }).locator(".activation-time").filter({ hasText: /\d/ });
			await time.waitFor();
			const text = (await time.textContent()) ?? "";
			times.push(Number(/(\d+)ms/.exec(text)?.[1] ?? Number.NaN));
			process.stdout.write(`      ${text.trim()}\n`);
			assert.deepEqual(computeProcesses(editor().server), []);
		}
		assert.ok(Math.min(...times) < ACTIVATION_BUDGET, `${times.join(", ")} ms`);
	});
});
