import assert from "node:assert/strict";
import path from "node:path";
import { needTestdata } from "../support/testdata";
import { editor } from "./pages/editor";

/** Models of others: folder and file in the test data. They are copied into the workspace while the tests run. */
const OTHERS = [
	["keras-v3/mnist-cnn-ritimx", "trainModel.keras"],
	["keras-h5/tensorspace-lenet-mnist", "tfkeras_mnist.h5"],
	["tfjs-layers/cnn-explainer-tinyvgg", "model.json"],
] as const;

describe("Opening a model", function () {
	this.timeout(60_000);
	before(() => editor().clear());
	beforeEach(() => editor().closeEditors());

	it("by a double click on a .keras file, whose default editor the Inspector is", async () => {
		const { inspector } = editor();
		await editor().openFromExplorer("digits", "digits.keras");
		await inspector.ready();
		assert.equal(await inspector.title.textContent(), "digits");
		assert.equal(await inspector.layer("conv2d_1").count(), 1);
	});

	for (const [folder, file] of [
		["digits", "digits.keras"],
		["shapes", "shapes.h5"],
	] as const) {
		it(`by Inspect Model in the context menu of ${file}`, async () => {
			await editor().inspectFromContextMenu(folder, file);
			await editor().inspector.ready();
			assert.equal(await editor().inspector.title.textContent(), path.parse(file).name);
		});
	}

	for (const [folder, file] of OTHERS) {
		it(`by Inspect Model: ${folder}/${file}`, async function () {
			const source = needTestdata(this, "models", folder);
			const target = path.basename(folder);
			editor().workspace.add(source, target);
			await editor().inspectFromContextMenu(target, file);
			const { inspector } = editor();
			await inspector.heading.waitFor();
			await inspector.title.waitFor();
			assert.ok((await inspector.frame.getByRole("treeitem").count()) > 3);
		});
	}

	it("of a damaged file shows a page with the reason and what to do", async () => {
		const { workspace, inspector } = editor();
		const whole = workspace.read("digits", "digits.keras");
		workspace.write("damaged/half.keras", whole.subarray(0, whole.length / 2));
		await editor().openFromExplorer("damaged", "half.keras");
		await inspector.title.waitFor();
		assert.equal(await inspector.title.textContent(), "This file cannot be read");
		const text = await inspector.frame.getByRole("alert").innerText();
		assert.match(text, /zip|central directory|archive|truncated|end/i);
		assert.match(text, /What to do/);
		await inspector.frame.getByRole("button", { name: "Try again" }).waitFor();
		await editor().screenshot("damaged-file");
	});

	it("of a file that is no model at all says what was found", async () => {
		const { workspace, inspector } = editor();
		workspace.write("damaged/model.json", '{"name": "a web page", "scripts": {}}');
		await editor().inspectFromContextMenu("damaged", "model.json");
		await inspector.title.waitFor();
		assert.match((await inspector.title.textContent()) ?? "", /^This (file|model) cannot be/);
		await editor().screenshot("no-model");
	});

	it("of a damaged file shows the model as soon as the file is whole", async () => {
		const { workspace, inspector } = editor();
		const whole = workspace.read("digits", "digits.keras");
		workspace.write("damaged/mended.keras", whole.subarray(0, 2_000));
		await editor().openFromExplorer("damaged", "mended.keras");
		await inspector.frame.getByRole("button", { name: "Try again" }).click();
		await inspector.frame.getByRole("heading", { name: "This file cannot be read" }).waitFor();
		workspace.write("damaged/mended.keras", whole);
		await inspector.frame.getByRole("heading", { level: 1, name: "mended" }).waitFor();
		await inspector.heading.waitFor();
	});
});
