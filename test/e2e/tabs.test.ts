import assert from "node:assert/strict";
import { editor } from "./pages/editor";
import { keepForReadme } from "./pages/pictures";

describe("The tabs of a layer", function () {
	this.timeout(60_000);

	before(async () => {
		await editor().clear();
		await editor().openFromExplorer("digits", "digits.keras");
		await editor().inspector.ready();
	});

	it("Filters show every kernel, on one scale or each on its own", async () => {
		const { inspector } = editor();
		await inspector.open("conv2d", "Filters");
		await inspector.pictures.first().waitFor();
		assert.equal(await inspector.tiles.first().getAttribute("aria-setsize"), "32");
		await inspector.panel.getByRole("img", { name: /^Colour scale/ }).waitFor();
		await inspector.panel.getByRole("radio", { name: "Each" }).click();
		await inspector.panel.getByText("each on its own scale").waitFor();
		await inspector.panel.getByRole("radio", { name: "Shared" }).click();
		await inspector.tiles.nth(3).click();
		await inspector.panel.getByRole("heading", { name: "Kernel 3" }).waitFor();
	});

	it("Activations show what each channel makes of the input, with the value under the pointer", async () => {
		const { inspector } = editor();
		await inspector.open("conv2d_1", "Activations");
		await inspector.pictures.first().waitFor();
		assert.equal(await inspector.tiles.first().getAttribute("aria-setsize"), "64");
		await inspector.panel.getByRole("radio", { name: "Max" }).click();
		await inspector.tiles.first().click();
		const map = inspector.panel.locator("aside lamina-map");
		await map.hover({ position: { x: 40, y: 40 } });
		await inspector.panel.getByText(/row \d+, column \d+:/).waitFor();
		keepForReadme(await editor().screenshot("activations", editor().editorArea, 560), "activations");
	});

	it("Activations of a dense layer are bars with the labels of the classes", async () => {
		const { inspector } = editor();
		await inspector.open("dense", "Activations");
		await inspector.panel.getByText("10 units").waitFor();
	});

	it("Statistics tell of weights and of the output: shape, norm, zeros, histogram, health", async () => {
		const { inspector } = editor();
		await inspector.open("conv2d_1", "Statistics");
		const table = inspector.panel.getByRole("table", { name: "Statistics" });
		await table.waitFor();
		const text = await table.innerText();
		assert.match(text, /3×3×32×64/);
		assert.match(text, /output on this input/);
		assert.equal(await inspector.panel.locator("lamina-histogram").count(), 3);
		await inspector.panel.getByLabel("Health of conv2d_1").waitFor();
	});

	it("keep their choice when the Inspector is hidden and shown again", async () => {
		const { inspector } = editor();
		await inspector.open("conv2d_1", "Explain");
		await editor().openFromExplorer("digits", "train.py");
		await editor().page.locator(".monaco-editor .view-lines").waitFor();
		await editor()
			.page.getByRole("tab", { name: /digits\.keras/ })
			.click();
		await inspector.ready();
		assert.equal(await inspector.heading.textContent(), "conv2d_1");
		await inspector.frame.getByRole("tab", { name: "Explain", selected: true }).waitFor();
	});
});
