import assert from "node:assert/strict";
import { editor } from "./pages/editor";
import { keepForReadme } from "./pages/pictures";

describe("Training code", function () {
	this.timeout(60_000);

	before(async () => {
		await editor().clear();
		await editor().openFromExplorer("digits", "train.py");
		await editor().code.waitFor();
	});

	it("has lenses above the model and where it is saved", async () => {
		const lenses = editor().page.getByRole("button", { name: "Inspect model" });
		await lenses.nth(1).waitFor();
		assert.equal(await lenses.count(), 2);
	});

	it("shows a layer's shape, parameters and activations when its call is hovered", async () => {
		const { page } = editor();
		await editor().hoverCode("Conv2D(64");
		const { hover } = editor();
		const picture = hover.getByRole("img", { name: /strongest of 64 activation maps/ });
		await picture.waitFor();
		const text = await hover.innerText();
		assert.match(text, /conv2d_1/);
		assert.match(text, /11×11×64/);
		assert.match(text, /18,496 parameters/);
		const { width, height } = await picture.evaluate((image: HTMLImageElement) => ({
			width: image.naturalWidth,
			height: image.naturalHeight,
		}));
		assert.ok(width > 100 && height > 50, `the picture is ${width}×${height}`);
		keepForReadme(await editor().screenshot("hover", editor().editorArea, 600), "hover");
		await page.keyboard.press("Escape");
	});

	it("leads from the hover to the layer's explanation", async () => {
		const { page, inspector } = editor();
		await editor().hoverCode("Conv2D(32");
		await editor().hover.getByRole("link", { name: "Explain" }).click();
		await inspector.ready();
		assert.equal(await inspector.heading.textContent(), "conv2d");
		await inspector.frame.getByRole("tab", { name: "Explain", selected: true }).waitFor();
		await page
			.getByRole("tab", { name: /train\.py/ })
			.first()
			.click();
	});

	it("opens the Inspector from its lens", async () => {
		const { page, inspector } = editor();
		await page.getByRole("button", { name: "Inspect model" }).first().click();
		await inspector.ready();
		assert.equal(await inspector.title.textContent(), "digits");
	});

	it("is reached from the layer in the Inspector", async () => {
		const { page, inspector } = editor();
		await inspector.layer("conv2d_1").click();
		await inspector.frame.getByRole("button", { name: /^Go to line/ }).click();
		await editor().code.waitFor();
		await page.getByRole("button", { name: /^Ln 22, Col/ }).waitFor();
		await editor().screenshot("side-by-side");
	});
});
