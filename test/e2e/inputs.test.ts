import assert from "node:assert/strict";
import { DIGITS } from "./pages/draw-pad";
import { editor } from "./pages/editor";
import { keepForReadme } from "./pages/pictures";

describe("The input", function () {
	this.timeout(60_000);

	before(async () => {
		await editor().clear();
		await editor().openFromExplorer("digits", "digits.keras");
		await editor().inspector.ready();
	});

	it("comes from the inputs folder of the workspace, with the five best classes and their labels", async () => {
		const { inspector } = editor();
		await inspector.chooseInput("inputs/digits/three.png");
		await inspector.predicts("3");
		assert.equal(await inspector.predictions.count(), 5);
		const { value } = await inspector.best();
		assert.ok(value > 0.9, `3 has ${value}`);
	});

	it("is a file that is dropped", async () => {
		const { inspector, workspace } = editor();
		await inspector.drop(workspace.path("inputs", "digits", "eight.png"));
		await inspector.predicts("8");
		await inspector.frame.getByRole("button", { name: "Input: eight.png" }).waitFor();
	});

	it("that cannot be read is told, and the model stays usable", async () => {
		const { inspector, workspace } = editor();
		await inspector.drop(workspace.write("damaged/broken.png", "this is no picture"));
		await inspector.frame.locator("lamina-header").getByRole("alert").waitFor();
		await editor().screenshot("broken-input");
		await inspector.chooseInput("inputs/digits/two.png");
		await inspector.predicts("2");
	});

	it("is chosen in the file dialog", async () => {
		const { inspector, workspace } = editor();
		await inspector.input.click();
		await inspector.frame.getByRole("menuitem", { name: "Choose file…" }).click();
		await editor().answerFileDialog(workspace.path("inputs", "digits", "six.png"));
		await inspector.predicts("6");
	});

	it("is drawn: the prediction follows the pen", async () => {
		const { inspector } = editor();
		const { pad } = inspector;
		await pad.open();
		await pad.draw(DIGITS.one);
		await pad.predicts("1");
		await editor().screenshot("draw-one");
		await pad.clear();
		await pad.draw(DIGITS.seven);
		await pad.predicts("7");
		keepForReadme(await editor().screenshot("draw-seven", editor().editorArea), "draw");
		await pad.done();
		await inspector.predicts("7");
		assert.match((await inspector.input.getAttribute("aria-label")) ?? "", /drawing/);
	});

	it("that was drawn is still there when the model is opened again", async () => {
		const { inspector } = editor();
		const { pad } = inspector;
		await pad.open();
		await pad.draw(DIGITS.seven);
		await pad.predicts("7");
		await pad.done();
		await inspector.predicts("7");
		await editor().closeEditors();
		await editor().openFromExplorer("digits", "digits.keras");
		await inspector.predicts("7");
		assert.match((await inspector.input.getAttribute("aria-label")) ?? "", /drawing/);
	});

	it("is the same in all tabs", async () => {
		const { inspector } = editor();
		await inspector.open("conv2d", "Activations");
		await inspector.pictures.first().waitFor();
		await inspector.open("dense", "Explain");
		await inspector.explain.card("Saliency").waitFor();
	});
});
