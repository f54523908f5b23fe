import assert from "node:assert/strict";
import * as vscode from "vscode";

const file = (...parts: string[]) =>
	vscode.Uri.joinPath(vscode.workspace.workspaceFolders?.[0]?.uri as vscode.Uri, ...parts);

function activeEditor(): vscode.TabInputCustom | undefined {
	const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
	return input instanceof vscode.TabInputCustom ? input : undefined;
}

describe("the Inspector", function () {
	this.timeout(60_000);
	afterEach(() => vscode.commands.executeCommand("workbench.action.closeAllEditors"));

	it("is the editor of .keras files", async () => {
		await vscode.commands.executeCommand("vscode.open", file("digits", "digits.keras"));
		assert.equal(activeEditor()?.viewType, "lamina.inspector");
	});

	it("is opened by the command for files that others claim too", async () => {
		await vscode.commands.executeCommand("lamina.inspectModel", file("shapes", "shapes.h5"));
		assert.equal(activeEditor()?.viewType, "lamina.inspector");
		assert.match(activeEditor()?.uri.fsPath ?? "", /shapes\.h5$/);
	});

	it("is opened once for each file", async () => {
		const uri = file("digits", "digits.keras");
		await vscode.commands.executeCommand("lamina.inspectModel", uri);
		await vscode.commands.executeCommand("lamina.inspectModel", uri, { layer: "conv2d", tab: "explain" });
		assert.equal(vscode.window.tabGroups.all.flatMap((group) => group.tabs).length, 1);
	});
});

describe("the extension's manifest", () => {
	it("names every command with a title from package.nls.json and an icon", () => {
		const { contributes } = vscode.extensions.getExtension("lamina.lamina")?.packageJSON ?? {};
		assert.ok(contributes.commands.length >= 5);
		for (const command of contributes.commands) {
			assert.doesNotMatch(command.title, /%/, `${command.command} has no title`);
			assert.match(command.icon, /^\$\(/);
		}
	});

	it("registers every command that it names", async () => {
		const { contributes } = vscode.extensions.getExtension("lamina.lamina")?.packageJSON ?? {};
		const registered = await vscode.commands.getCommands(true);
		for (const { command } of contributes.commands) assert.ok(registered.includes(command), `${command} is missing`);
	});
});
