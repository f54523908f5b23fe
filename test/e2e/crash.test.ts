import assert from "node:assert/strict";
import { computeProcesses } from "./pages/compute-process";
import { editor } from "./pages/editor";

/** Ends the compute process as a fault in native code would. */
function kill(): void {
	const processes = computeProcesses(editor().server);
	assert.equal(processes.length, 1, `one compute process, not ${processes.length}`);
	process.kill(processes[0]!, "SIGKILL");
}

describe("A crash of the compute process", function () {
	this.timeout(60_000);

	before(async () => {
		await editor().clear();
		await editor().openFromExplorer("digits", "digits.keras");
		await editor().inspector.ready();
	});

	it("is one message with Restart, and what is shown stays", async () => {
		const { inspector } = editor();
		await inspector.chooseInput("inputs/digits/five.png");
		await inspector.predicts("5");
		await inspector.open("conv2d_1", "Activations");
		await inspector.pictures.nth(20).waitFor();
		const shown = await inspector.pictures.count();
		kill();
		await inspector.banner.waitFor();
		assert.match(await inspector.banner.innerText(), /The compute process was ended by SIGKILL/);
		assert.equal(await editor().notifications().count(), 0, "the Inspector tells it, so no notification does");
		assert.equal(await inspector.pictures.count(), shown);
		await inspector.predicts("5");
		await editor().screenshot("crash");
	});

	it("is over after Restart: everything computes again", async () => {
		const { inspector } = editor();
		await inspector.banner.getByRole("button", { name: "Restart" }).click();
		await inspector.banner.waitFor({ state: "detached" });
		await inspector.chooseInput("inputs/digits/three.png");
		await inspector.predicts("3");
		await inspector.open("conv2d", "Activations");
		await inspector.pictures.first().waitFor();
		assert.equal(await inspector.heading.textContent(), "conv2d");
	});

	it("is a notification where no Inspector is in sight", async () => {
		const { page } = editor();
		await editor().closeEditors();
		await editor().openFromExplorer("digits", "train.py");
		await editor().hoverCode("Conv2D(64");
		await editor().hover.getByRole("img").waitFor();
		await page.keyboard.press("Escape");
		kill();
		const message = editor().notifications().filter({ hasText: "The compute process was ended by SIGKILL" });
		await message.waitFor();
		assert.equal(await editor().notifications().count(), 1);
		await message.getByRole("button", { name: "Restart" }).click();
		await message.waitFor({ state: "detached" });
		await editor().hoverCode("Conv2D(32");
		await editor()
			.hover.getByRole("img", { name: /of 32 activation maps/ })
			.waitFor();
		await page.keyboard.press("Escape");
	});
});
