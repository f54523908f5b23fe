import assert from "node:assert/strict";
import { editor } from "./pages/editor";

describe("The layers of a model", function () {
	this.timeout(60_000);

	before(async () => {
		await editor().clear();
		await editor().openFromExplorer("shapes", "shapes.keras");
		await editor().inspector.ready();
	});

	it("tell type, shape and parameters", async () => {
		const name = (await editor().inspector.layer("stem_conv").getAttribute("aria-label")) ?? "";
		assert.match(name, /^stem_conv, Conv2D, 64×64×16, 432 parameters$/);
	});

	it("show a preview of each on the current input", async () => {
		const { inspector } = editor();
		await inspector.frame.locator("lamina-spine .thumb lamina-map canvas").nth(5).waitFor();
	});

	it("are chosen with the mouse", async () => {
		const { inspector } = editor();
		await inspector.layer("predictions").click();
		assert.equal(await inspector.heading.textContent(), "predictions");
		assert.match((await inspector.selectedLayer.getAttribute("aria-label")) ?? "", /^predictions, Dense/);
	});

	it("are walked with the keyboard, and Enter leads into the layer", async () => {
		const { inspector } = editor();
		await inspector.spine.focus();
		await inspector.press("Home");
		const names = inspector.frame.getByRole("treeitem");
		const [first, second] = await Promise.all(
			[0, 1].map(async (at) => ((await names.nth(at).getAttribute("aria-label")) ?? "").split(", ")[0]),
		);
		assert.equal(await inspector.heading.textContent(), first);
		await inspector.press("ArrowDown");
		await inspector.layer(second!).and(inspector.selectedLayer).waitFor();
		assert.equal(await inspector.heading.textContent(), second);
		await editor().screenshot("focus-spine");
		await inspector.press("Enter");
		const focused = inspector.frame.getByRole("tab", { selected: true });
		assert.equal(await focused.evaluate((tab) => tab.matches(":focus")), true, "Enter moves the focus to the tabs");
		await inspector.press("ArrowRight");
		assert.equal(await focused.evaluate((tab) => tab.matches(":focus")), true, "arrow keys move along the tabs");
		await editor().screenshot("focus-tab");
	});

	it("are filtered after the key /", async () => {
		const { inspector } = editor();
		const all = await inspector.frame.getByRole("treeitem").count();
		await inspector.press("/");
		assert.equal(await inspector.filter.evaluate((input) => input.matches(":focus")), true);
		await inspector.filter.pressSequentially("conv");
		await inspector.frame.getByRole("treeitem", { name: /^input/ }).waitFor({ state: "detached" });
		const shown = await inspector.frame.getByRole("treeitem").count();
		assert.ok(shown > 0 && shown < all, `${shown} of ${all}`);
		await inspector.press("Enter");
		assert.match((await inspector.heading.textContent()) ?? "", /conv/);
		await inspector.filter.fill("no such layer");
		await inspector.frame.getByText("No layer is called so.").waitFor();
		await inspector.filter.press("Escape");
		await inspector.layer("predictions").waitFor();
	});
});
