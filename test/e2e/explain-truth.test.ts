import assert from "node:assert/strict";
import { editor } from "./pages/editor";

const STUDY = "Occlusion by size";
const LRP = "LRP: layer-wise relevance propagation";

describe("How far an explanation can be trusted", function () {
	this.timeout(90_000);

	before(async () => {
		await editor().clear();
		await editor().openFromExplorer("shapes", "shapes.keras");
		const { inspector } = editor();
		await inspector.ready();
		await inspector.chooseInput("inputs/shapes/star-watermarked.png");
		await inspector.predicts("star");
		await inspector.open("predictions", "Explain");
		await inspector.explain.choose([LRP]);
		await inspector.explain.done(LRP);
		await inspector.explain.show(LRP);
	});

	it("finds methods by words, and by the keyboard alone", async () => {
		const { frame, explain } = editor().inspector;
		await frame.getByRole("button", { name: /^Methods/ }).click();
		const menu = frame.getByRole("menu", { name: "Methods" });
		await menu.getByRole("textbox", { name: "Search methods" }).fill("zebra crossing");
		assert.equal(await menu.getByRole("menuitemcheckbox").count(), 0);
		await menu.getByText("No method has these words.").waitFor();
		await menu.getByRole("textbox").fill("rollout");
		await menu.getByText(/Not for this model: .*attention/).waitFor();
		await editor().screenshot("method-refused");
		await menu.getByRole("textbox").fill("occlusion size");
		await editor().screenshot("method-search");
		await menu.getByRole("textbox").press("Enter");
		await menu.press("Escape");
		await explain.done(STUDY);
	});

	it("shows every map of a method that makes several", async () => {
		const { explain } = editor().inspector;
		await explain.show(STUDY);
		const maps = explain.result.getByRole("combobox", { name: "Map" });
		assert.deepEqual(await maps.locator("option").allInnerTexts(), ["1x1", "5x5", "10x10", "15x15"]);
		const scale = () => explain.colourBar.getAttribute("aria-label");
		const fine = await scale();
		await maps.selectOption("15x15");
		await explain.result.locator("lamina-map").waitFor();
		assert.notEqual(await scale(), fine);
		await editor().screenshot("several-maps");
	});

	it("tells before a run what it takes and which rule each op gets", async () => {
		const { explain } = editor().inspector;
		await explain.show(LRP);
		await explain.result.getByText("Parameters", { exact: true }).click();
		const line = explain.result.locator("lamina-preflight-line");
		await line.getByText(/Takes about .*(ms|s).*B/).click();
		await line.getByRole("row").filter({ hasText: "predictions" }).filter({ hasText: "epsilon" }).waitFor();
		await editor().screenshot("preflight");
	});

	it("keeps the ledger of the relevance", async () => {
		const { explain } = editor().inspector;
		await explain.truth.getByRole("radio", { name: "Relevance ledger" }).click();
		const ledger = explain.truth.locator("lamina-ledger-view");
		await ledger.getByRole("row").filter({ hasText: "predictions" }).first().waitFor();
		assert.ok((await ledger.getByRole("row").count()) > 8);
		await ledger.scrollIntoViewIfNeeded();
		await editor().screenshot("ledger");
	});

	it("measures what it is asked for, and opens the plot", async () => {
		const { explain } = editor().inspector;
		await explain.truth.getByRole("radio", { name: "Metrics" }).click();
		const metrics = explain.truth.locator("lamina-metrics-view");
		await metrics.getByRole("button", { name: "Measure Deletion" }).click();
		const row = metrics.getByRole("row").filter({ hasText: "Deletion" }).first();
		await row.locator("strong").waitFor();
		assert.match(await row.locator("strong").innerText(), /^0\.\d+$/);
		await metrics.getByRole("slider", { name: /^Deletion:/ }).waitFor();
		await metrics.getByRole("slider").scrollIntoViewIfNeeded();
		await editor().screenshot("metrics");
	});

	it("measures against a mask, once one is chosen, and everything else in turn", async () => {
		const { explain } = editor().inspector;
		const metrics = explain.truth.locator("lamina-metrics-view");
		const measure = metrics.getByRole("button", { name: "Measure Relevance mass accuracy" });
		assert.ok(await measure.isDisabled());
		await metrics.getByRole("button", { name: "Choose mask…" }).click();
		await editor().answerFileDialog(editor().workspace.path("masks", "star.watermark.png"));
		await metrics.getByText("star.watermark.png").waitFor();
		await measure.click();
		const mass = metrics.getByRole("row").filter({ hasText: "Relevance mass accuracy" }).first().locator("strong");
		await mass.waitFor();
		// The watermark covers 2.6 % of the picture.
		assert.ok(Number(await mass.innerText()) > 0.2, await mass.innerText());
		await metrics.getByRole("button", { name: "Measure all" }).click();
		await metrics.getByRole("button", { name: "Stop" }).waitFor();
		await editor().screenshot("metrics-in-turn");
		await metrics.getByRole("button", { name: "Stop" }).waitFor({ state: "detached", timeout: 60_000 });
		assert.equal(await metrics.getByRole("button", { name: /^Measure (?!all)/ }).count(), 0);
		assert.ok((await metrics.locator("td strong").count()) >= 20);
		await mass.scrollIntoViewIfNeeded();
		await editor().screenshot("metrics-with-mask");
	});

	it("saves a contact sheet, and its numbers beside it", async () => {
		const { workspace, inspector } = editor();
		await inspector.frame.getByRole("button", { name: "Contact sheet…" }).click();
		await editor().answerSaveDialog(workspace.path("shapes", "sheet.png"));
		await inspector.frame.getByText(/^Saved .*sheet\.png/).waitFor({ state: "attached" });
		const numbers = JSON.parse(workspace.read("shapes/sheet.json").toString("utf8"));
		assert.deepEqual(
			numbers.methods.map(({ method }: { method: string }) => method),
			["lrp", "occlusion-study"],
		);
		assert.ok(workspace.read("shapes/sheet.png").includes("PNG"));
	});
});
