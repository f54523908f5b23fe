import assert from "node:assert/strict";
import * as vscode from "vscode";

describe("Lamina in a real editor", () => {
	it("runs in the oldest VS Code that package.json promises", () => {
		assert.match(vscode.version, /^1\.100\./);
	});

	it("is found and activates", async () => {
		const extension = vscode.extensions.getExtension("lamina.lamina");
		assert.ok(extension, "the editor does not know lamina.lamina");
		await extension.activate();
		assert.equal(extension.isActive, true);
	});
});
