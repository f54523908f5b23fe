import assert from "node:assert/strict";
import { editor } from "./pages/editor";
import { keepForReadme } from "./pages/pictures";

/** Title of each method, and whether it promises that its map sums to the unit's value. */
const METHODS = [
	{ title: "Saliency", isComplete: false },
	{ title: "Integrated gradients", isComplete: true },
	{ title: "LRP: layer-wise relevance propagation", isComplete: true },
	{ title: "Grad-CAM", isComplete: false },
	{ title: "Occlusion", isComplete: false },
] as const;

describe("Explaining a decision", function () {
	this.timeout(90_000);

	before(async () => {
		await editor().clear();
		await editor().openFromExplorer("shapes", "shapes.keras");
		const { inspector } = editor();
		await inspector.ready();
		await inspector.chooseInput("inputs/shapes/star-watermarked.png");
		await inspector.predicts("star");
		await inspector.open("predictions", "Explain");
		await inspector.explain.choose(METHODS.map(({ title }) => title));
	});

	it("puts several methods side by side", async () => {
		assert.equal(await editor().inspector.explain.cards.count(), METHODS.length);
	});

	for (const { title, isComplete } of METHODS) {
		it(`${title}: a map, its colour bar, and how far to trust it`, async () => {
			const { explain } = editor().inspector;
			await explain.done(title);
			await explain.show(title);
			assert.ok((await explain.colours()) > 20, "the map shows something");
			assert.match((await explain.colourBar.getAttribute("aria-label")) ?? "", /^Colour scale from .*\d to .*\d/);
			assert.match((await explain.fact("engine").innerText()) ?? "", /native|WASM/);
			assert.match((await explain.fact("took").innerText()) ?? "", /\d/);
			const gap = await explain.fact("gap").innerText();
			if (isComplete) assert.match(gap, /\d/);
			else assert.equal(gap, "–");
		});
	}

	it("tells the value under the pointer", async () => {
		const { explain } = editor().inspector;
		await explain.result.locator("lamina-map").hover({ position: { x: 60, y: 60 } });
		await explain.result.getByText(/row \d+, column \d+:/).waitFor();
		keepForReadme(await editor().screenshot("explain-shapes", editor().editorArea, 640), "explain");
	});

	it("asks why one class and not another", async () => {
		const { frame, explain } = editor().inspector;
		await frame.getByRole("combobox", { name: "Why" }).click();
		await frame.getByRole("option", { name: /^star/ }).click();
		await frame.getByRole("combobox", { name: "and not" }).click();
		await frame.getByRole("option", { name: /^circle/ }).click();
		await explain.show("Saliency");
		await explain.result.getByText("predictions[3] - predictions[0]").waitFor();
	});

	it("refuses an address that is none, and points at the place", async () => {
		const { frame } = editor().inspector;
		const why = frame.getByRole("combobox", { name: "Why" });
		await why.click();
		await why.pressSequentially("predictions[");
		await why.press("Enter");
		await frame.locator("lamina-unit-picker").getByRole("alert").filter({ hasText: "^" }).waitFor();
		await editor().screenshot("wrong-unit");
		await why.press("Escape");
	});

	it("stops a long run when it is told to, and keeps what it had", async () => {
		const { inspector } = editor();
		const { explain, frame } = inspector;
		await explain.choose(["Integrated gradients"]);
		await explain.show("Integrated gradients");
		await explain.result.getByText("Parameters", { exact: true }).click();
		const steps = frame.getByRole("spinbutton", { name: /steps/i });
		await steps.fill("1000");
		await steps.press("Enter");
		const cancel = frame.getByRole("button", { name: "Cancel Integrated gradients" });
		await cancel.click();
		await explain.card("Integrated gradients").getByText("cancelled").waitFor();
		await editor().screenshot("cancelled");
		await frame.getByRole("button", { name: "Run again: Integrated gradients" }).waitFor();
		await explain.choose(["Saliency"]);
		await explain.done("Saliency");
	});
});
